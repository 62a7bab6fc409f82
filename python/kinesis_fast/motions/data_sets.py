"""What can be fetched: sources, licences, and lists of files with their sizes and digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from kinesis_fast.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Source:
    """A public repository at one of its commits."""

    repository: str
    commit: str
    licence: str
    """What one may do with it, in a line."""


@dataclass(frozen=True)
class DataSet:
    """Files that can be fetched."""

    listings: Sequence[str]
    """Files of the package that list its files."""
    sources: dict[str, Source]
    folders: Sequence[str] = ()
    """What of it is imported."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """Lists of clip names that come with the package, by split."""


@dataclass(frozen=True)
class Unfetched:
    """A file of the test data that is not fetched."""

    name: str
    size: int
    """Bytes."""
    sha256: str
    why: str
    """Where it comes from, and why nobody fetches it."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set."""

    source: str
    size: int
    """How large it is, bytes."""
    sha256: str
    name: str
    """Where it lies in the data set's folder."""
    path: str
    """Where it is in its repository."""


APACHE = "Apache License 2.0, Movement Research Lab, Seoul National University"
CMU = (
    "CMU Graphics Lab Motion Capture Database (http://mocap.cs.cmu.edu): free for research and "
    "commercial projects worldwide; not to be resold as data, even in converted form"
)
LOCOMOTION = {
    "ys2010": Source("snumrl/ys2010", "02ae02acb4064a56a8c6ca13dbdee1f70096c443", APACHE),
    "InteractiveAnimation": Source(
        "snumrl/InteractiveAnimation", "0027fca40e3617b22357e3fb4430a2a8ee78ff50", APACHE
    ),
    "VSports": Source("snumrl/VSports", "c35bc82db31cd7252ab3d0f78c3f941bae5e799b", APACHE),
    "amc": Source("KseniiaCheloshkina/amc", "cc0ee085ee2396b92de5e47d5b59954ba8c57f5d", CMU),
}
DATA_SETS = {
    "open-locomotion": DataSet(
        listings=("open_locomotion.tsv",),
        sources=LOCOMOTION,
        folders=("snu", "cmu/walks"),
        splits={"train": "open_locomotion_train", "test": "open_locomotion_test"},
    )
}
TEST_DATA = DataSet(
    listings=("open_locomotion.tsv", "test_data.tsv"),
    sources=LOCOMOTION
    | {
        "opensim-core": Source(
            "opensim-org/opensim-core",
            "52094cc61c3e795552c658e34a73d083f4662c6b",
            "Apache License 2.0, OpenSim",
        ),
        "CMU-MOCAP-Data": Source(
            "cyun9601/CMU-MOCAP-Data", "2bedcd3b002488f7053d2b8c42690beddbf6620a", CMU
        ),
        "HumanML3D": Source(
            "EricGuo5513/HumanML3D",
            "9176e8fb446b71c7d2a725eb5cf6fec1ae3b3c23",
            "MIT, Chuan Guo",
        ),
        "motion-diffusion-model": Source(
            "GuyTevet/motion-diffusion-model",
            "d4fd88c86d9210b85323783a73acb9b794d73e44",
            "MIT, Guy Tevet",
        ),
        "3dpredictsim": Source(
            "antoinefalisse/3dpredictsim",
            "5fa3929fa9ba29d5c057c16b18671a017d8f15c1",
            "MIT, Antoine Falisse",
        ),
        "musclesyneRgies": Source(
            "alesantuz/musclesyneRgies",
            "0fbf53b01d9386fe489cb9e864c43a242dee70ce",
            "MIT, Alessandro Santuz",
        ),
    },
)
"""What tests on real data read, as far as it may be fetched; :func:`not_fetched` has the rest."""


def find_data_set(name: str) -> DataSet:
    """Return a data set.

    Raises:
        InputError: there is none of this name.
    """
    if name not in DATA_SETS:
        raise InputError(f"unknown data set {name!r}{did_you_mean(name, DATA_SETS)}")
    return DATA_SETS[name]


def listed_files(data_set: DataSet) -> list[RemoteFile]:
    """Return the files of a data set, licences among them."""
    rows = [row for listing in data_set.listings for row in _rows(listing)]
    return [RemoteFile(row[0], int(row[1]), *row[2:]) for row in rows]


def not_fetched() -> list[Unfetched]:
    """Return the files of the test data that are not fetched, and why."""
    rows = _rows("test_data_unfetched.tsv")
    return [Unfetched(name, int(size), sha256, why) for size, sha256, name, why in rows]


def _rows(listing: str) -> list[list[str]]:
    text = (files("kinesis_fast") / "assets" / listing).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
