"""What is straight in a source's skeleton is straight in the model."""

from __future__ import annotations

import re
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.recording import Recording
from kinesis_fast.motions.capture.rest import Rest
from kinesis_fast.motions.capture.retarget import Retargeter
from kinesis_fast.rotations import axis_rotation

WALK = Path("ys2010", "walk_normal_style", "woddy2_walk_normal_style_3.bvh")
SAGITTAL = ("hip_flexion", "knee_angle", "ankle_angle")
OTHERS = ("hip_adduction", "hip_rotation", "subtalar_angle")


def standing(thigh: float, shank: float) -> dict[str, np.ndarray]:
    """Return the joints of a person whose legs' lines lead ahead by angles, rad."""
    places = {"spine": np.array([-0.02, 0.0, 1.1])}
    for side, y in (("r", -0.08), ("l", 0.08)):
        hip = np.array([0.0, y, 0.95])
        knee = hip + 0.45 * np.array([np.sin(thigh), 0.0, -np.cos(thigh)])
        ankle = knee + 0.42 * np.array([np.sin(shank), 0.0, -np.cos(shank)])
        toe = ankle + np.array([0.13, np.sign(y) * 0.01, -0.05])
        places |= {f"hip_{side}": hip, f"knee_{side}": knee, f"ankle_{side}": ankle}
        places[f"toe_{side}"] = toe
    return places


def test_lines_of_a_skeleton_at_rest() -> None:
    rest = Rest.of(standing(0.05, -0.1))
    assert rest.leg_line == pytest.approx((0.05, -0.1))
    assert rest.foot_line == pytest.approx(
        (np.arctan2(0.05, np.hypot(0.13, 0.01)), 0.0767), abs=1e-3
    )
    assert rest.pelvis_tilt == pytest.approx(np.arctan2(0.02, 0.15))


def test_bent_legs_are_not_what_straight_is() -> None:
    assert Rest.of(standing(0.3, -0.3)).leg_line is None


def bent(text: str, angle: float) -> str:
    """Return a BVH whose knees lie ahead of where they lay: thighs and shanks turned, rad.

    Its joints turn as before, so its person moves as before.
    """
    name, lines = "", []
    for line in text.splitlines():
        found = re.match(r"\s*(JOINT|ROOT|End)\s+(\S+)", line)
        name = found[2] if found else name
        if "OFFSET" in line and name in ("LeftLeg", "RightLeg", "LeftFoot", "RightFoot"):
            turn = axis_rotation([1, 0, 0], -angle if name.endswith("Leg") else angle)
            offset = turn @ np.array(line.split()[1:], dtype=float)
            line = "OFFSET " + " ".join(f"{v:.6f}" for v in offset)
        lines.append(line)
    return "\n".join(lines)


def test_knees_that_lie_elsewhere_bend_as_before(
    real_data: Path, tmp_path: Path, model: mujoco.MjModel
) -> None:
    """A walk in a skeleton whose straight knee looks bent by 12 degrees more."""
    source = next((real_data / "snu").rglob(WALK.name))
    changed = tmp_path / "bent.bvh"
    changed.write_text(bent(source.read_text(), np.deg2rad(6.0)))
    options, retargeter = formats.ReadOptions(model), Retargeter(model)
    motions, lines = [], []
    for file in (source, changed):
        recording = formats.read(file, "auto", options)[0]
        assert isinstance(recording, Recording)
        lines.append(recording.rest.leg_line)
        motions.append(retargeter.retarget(recording, 30.0).qpos)
    assert lines[0] is not None
    assert np.rad2deg(np.subtract(lines[1], lines[0])) == pytest.approx([6.0, -6.0], abs=0.1)
    for names, limit in ((SAGITTAL, 1.0), (OTHERS, 2.0)):
        for name in names:
            for side in "rl":
                address = model.joint(f"{name}_{side}").qposadr[0]
                off = np.rad2deg(motions[1][:, address] - motions[0][:, address])
                assert abs(off.mean()) < limit, name


def test_axes_along_the_bones_are_a_person_who_stands(
    real_data: Path, model: mujoco.MjModel
) -> None:
    """Subject 69's skeleton lies along its bones: its rest is the right angles nearest to it."""
    file = sorted((real_data / "snu" / "InteractiveAnimation").rglob("*.bvh"))[0]
    recording = formats.read(file, "auto", formats.ReadOptions(model))[0]
    assert isinstance(recording, Recording)
    rest = recording.rest
    assert rest.leg_line == pytest.approx((0.0, 0.0), abs=1e-3)
    assert rest.foot_line == pytest.approx((np.arctan2(10.1624, 13.6296), 0.0), abs=1e-3)
    assert abs(rest.pelvis_tilt) < np.deg2rad(3.0)
