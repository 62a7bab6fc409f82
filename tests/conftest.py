"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.body import load_model
from kinesis_fast.body.legs import default_tracked_bodies
from kinesis_fast.motions import Clip, MotionLibrary, load_motions


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--physics",
        choices=("lanes", "fused", "mujoco"),
        default="fused",
        help="physics of the environments whose test names none",
    )
    parser.addoption(
        "--full",
        action="store_true",
        help="all cases of the tests that try many: mutated files, effort problems, long episodes",
    )
    parser.addoption(
        "--kept-cache",
        metavar="FOLDER",
        help="what is made once (models, built-in motions) is kept here, for other runs of tests",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests, and the processes that they start, a cache of their own."""
    kept = config.getoption("--kept-cache")
    if kept is not None:
        os.environ["KINESIS_FAST_CACHE"] = str(Path(kept).resolve())
    elif not hasattr(config, "workerinput"):
        config.cache_folder = tempfile.TemporaryDirectory(prefix="kinesis_fast_")  # type: ignore[attr-defined]
        os.environ["KINESIS_FAST_CACHE"] = config.cache_folder.name  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "cache_folder"):
        config.cache_folder.cleanup()


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether tests that try many cases try all of them."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(autouse=True)
def physics(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets tests that name no physics run with any."""
    chosen = request.config.getoption("--physics")
    monkeypatch.setattr(kf, "make_vec", partial(kf.make_vec, physics=chosen))


@pytest.fixture(scope="session")
def model() -> mujoco.MjModel:
    return load_model()


@pytest.fixture(scope="session")
def gait(model: mujoco.MjModel) -> MotionLibrary:
    return load_motions("gait", model)


class DataFolder(type(Path())):  # type: ignore[misc]  # of this system's kind
    """A folder of test data: what is not in it skips the test, by name."""

    def __truediv__(self, name: str | os.PathLike[str]) -> DataFolder:
        path: DataFolder = super().__truediv__(name)
        if not path.exists():
            pytest.skip(f"the test data lacks {path}: kinesis-fast test-data list")
        return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real motion data, which is not part of the project."""
    folder = os.environ.get("KINESIS_FAST_TEST_DATA")
    if not folder:
        pytest.skip(
            "KINESIS_FAST_TEST_DATA names no folder of real motion data (kinesis-fast test-data "
            "fetch FOLDER brings most of it)"
        )
    return DataFolder(folder).resolve()


@pytest.fixture(scope="session")
def walk_file(real_data: Path) -> Path:
    return real_data / "opensim" / "walk_coordinates.sto"


@pytest.fixture
def still_library(model: mujoco.MjModel) -> MotionLibrary:
    """Two clips that stand still, of 1 s and 0.5 s at 30 Hz."""
    qpos = np.array(model.qpos0)
    qpos[2] = 0.945
    clips = [Clip("long", 31, 30.0), Clip("short", 16, 30.0)]
    motions = [(clip, np.tile(qpos, (clip.frames, 1))) for clip in clips]
    return MotionLibrary.from_qpos(model, motions, default_tracked_bodies(model))


ARM = """
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="1 1 .1"/>
    <body name="trunk" pos="0 0 1">
      {joint}
      <geom size=".1" mass="1"/>
      <site name="a" pos="0 0 .1"/>
      <body name="arm" pos="0 0 -.2">
        <joint name="elbow" axis="0 1 0"/>
        <geom size=".05" mass="1"/>
        <site name="b" pos=".05 0 -.1"/>
      </body>
    </body>
  </worldbody>
  <tendon><spatial name="t"><site site="a"/><site site="b"/></spatial></tendon>
  <actuator>{actuator}</actuator>
</mujoco>
"""


@pytest.fixture
def write_arm(tmp_path: Path) -> Callable[..., Path]:
    """Writes the MJCF of a floating arm with one muscle, or of what it is changed to."""

    def write(
        joint: str = '<freejoint name="root"/>',
        actuator: str = '<muscle name="m" tendon="t" lengthrange=".1 .5"/>',
    ) -> Path:
        path = tmp_path / "arm.xml"
        path.write_text(ARM.format(joint=joint, actuator=actuator))
        return path

    return write
