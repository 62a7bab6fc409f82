"""Which electrodes a file's channels are of, by the names that laboratories give them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kinesis_fast.body.legs import SIDES

NAMES: dict[str, tuple[str, ...]] = {
    "soleus": ("soleus", "sol", "so"),
    "gastrocnemius_medialis": ("gastrocnemius medialis", "medial gastrocnemius", "gastroc med",
                               "med gastroc", "gasmed", "gastmed", "mgas", "medgas", "gm", "mg"),
    "gastrocnemius_lateralis": ("gastrocnemius lateralis", "lateral gastrocnemius", "gastroc lat",
                                "lat gastroc", "gaslat", "gastlat", "gl", "lg"),
    "gastrocnemius": ("gastrocnemius", "gastroc", "gast", "gas"),
    "tibialis_anterior": ("tibialis anterior", "tib ant", "tibant", "ta"),
    "medial_hamstrings": ("medial hamstrings", "hamstrings medialis", "mham", "mh"),
    "semitendinosus": ("semitendinosus", "semitend", "semiten", "st"),
    "biceps_femoris": ("biceps femoris", "bic fem", "bicfem", "lateral hamstrings", "bflh",
                       "bf", "lh"),
    "vastus_lateralis": ("vastus lateralis", "vast lat", "vastlat", "vaslat", "vl"),
    "vastus_medius": ("vastus medialis", "vastus medius", "vast med", "vastmed", "vasmed", "vm"),
    "rectus_femoris": ("rectus femoris", "rec fem", "recfem", "rectus", "rf"),
    "gluteus_maximus": ("gluteus maximus", "glut max", "glutmax", "glmax", "gmax", "gmx"),
    "gluteus_medius": ("gluteus medius", "glut med", "glutmed", "glmed", "gmed", "gmd"),
    "peroneus_longus": ("peroneus longus", "per long", "perlong", "pl"),
    "peroneus_brevis": ("peroneus brevis", "per brev", "perbrev", "pb"),
    "adductor_longus": ("adductor longus", "add long", "addlong", "al"),
    "tensor_fasciae_latae": ("tensor fasciae latae", "tensor fascia lata", "tfl"),
}  # fmt: skip
"""Of :data:`~kinesis_fast.analysis.emg.channels.CHANNELS`, in plain words and in letters."""
SIDE_WORDS = {"r": ("right", "r"), "l": ("left", "l")}
OTHER_WORDS = {"emg", "raw", "channel", "sensor", "voltage", "muscle", "im"}
"""Words of a label that say nothing of the muscle; so do numbers."""


def guess_channels(labels: Sequence[str], side: str) -> dict[str, str]:
    """Return our names of the channels by a file's, of those that name a muscle of a side.

    A label counts that consists of a muscle's name or usual letters, the side before or after it
    or nowhere, and words such as EMG and numbers: ``R_TA``, ``EMG4 Right Rectus Femoris``,
    ``SOL``. Labels of the other side and a muscle's second label do not count.

    Args:
        labels: of the file's signals.
        side: ``r`` or ``l``.
    """
    found: dict[str, str] = {}
    known = {name: channel for channel, names in NAMES.items() for name in names}
    for label in labels:
        plain, of = _without_side(label)
        channel = known.get(plain)
        if channel is not None and of in ("", side) and channel not in found.values():
            found[label] = channel
    if "gastrocnemius" in found.values() and "gastrocnemius_medialis" in found.values():
        found = {label: name for label, name in found.items() if name != "gastrocnemius"}
    return found


def _without_side(label: str) -> tuple[str, str]:
    """Return a label's words of the muscle, and its side, empty where it names none."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", label)
    words = [word for word in re.split(r"[^a-z]+", apart.lower()) if word]
    words = [word for word in words if word not in OTHER_WORDS]
    for side in SIDES:
        for at in (0, -1):
            if len(words) > 1 and words[at] in SIDE_WORDS[side]:
                del words[at]
                return " ".join(words), side
    if len(words) == 1 and len(words[0]) > 2 and words[0][0] in SIDES:
        short = words[0][1:]  # RTA, LSOL
        if any(short == name for names in NAMES.values() for name in names):
            return short, words[0][0]
    return " ".join(words), ""
