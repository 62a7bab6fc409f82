"""Names of leg joints in motion files, and maps that users write for others.

Known are those of Mixamo, the CMU and Truebones conversions, LAFAN1, 3ds Max, Poser, Rokoko,
Reallusion (``CC_Base_*``) and Blender's Rigify: a side and a part in either order, after any prefix
that all joints share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.capture.markers import LANDMARKS
from kinesis_fast.motions.capture.recording import POINTS
from kinesis_fast.motions.formats import text_file
from kinesis_fast.yaml_file import FAULTS

LEG_POINTS = tuple(f"{part}_{side}" for side in "rl" for part in ("hip", "knee", "ankle", "toe"))
SIDE_NAMES = {"r": ("right", "r"), "l": ("left", "l")}
PARTS = {
    "hip": ("upleg", "hip", "thigh", "femur", "hipjoint", "legupper", "upperleg"),
    "knee": ("leg", "lowleg", "knee", "shin", "calf", "tibia", "leglower", "lowerleg"),
    "ankle": ("foot", "ankle"),
    "toe": ("toebase", "toe", "toes", "ball", "toe0"),
}
"""What a leg's joints are called without side and separators, in lower case."""
PREFIXES = ("mixamorig", "ccbase", "def", "org", "bip01", "bip001", "newton")
"""What some programs put before every joint's name."""
SPINE = re.compile(r"spine|lowerback|abdomen|chest|torso|waist|lowback|lumbar")
MAPPABLE = tuple(point for point in POINTS if point != "pelvis")


def known_joint(names: Sequence[str], point: str) -> int | None:
    """Return which of a file's joints is a leg's keypoint, by its name; None where none is."""
    plain = [_plain(name) for name in names]
    for name in _candidates(point):
        if name in plain:
            return plain.index(name)
    return None


def usual_name(point: str) -> str:
    """Return the commonest name of a keypoint."""
    return _candidates(point)[0]


def is_spine(name: str) -> bool:
    """Tell whether a joint is of the spine, by its name."""
    return SPINE.search(_plain(name)) is not None


def read_joint_map(path: Path) -> dict[str, str]:
    """Read a user's map: a YAML file of keypoints and the names of their joints.

    Or of landmarks and the labels of their markers.

    Raises:
        InputError: no such file, no such map, or an unknown keypoint.
    """
    try:
        found = yaml.safe_load("\n".join(text_file.read_lines(path)))
    except (InputError, *FAULTS) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"joint map {str(path)!r}: {reason}") from error
    if not isinstance(found, dict) or not found:
        raise InputError(f"joint map {str(path)!r} has no lines like 'knee_r: CC_Base_R_Calf'")
    for point, name in found.items():
        known = (*MAPPABLE, *LANDMARKS)
        if point not in known:
            raise InputError(
                f"joint map {str(path)!r}: unknown keypoint {str(point)[:60]!r}"
                f"{did_you_mean(str(point), known)}"
            )
        if not isinstance(name, str):
            raise InputError(f"joint map {str(path)!r}: {point} is {name!r}, no name")
    return found


def _candidates(point: str) -> list[str]:
    part, _, side = point.partition("_")
    return [
        *(s + p for p in PARTS[part] for s in SIDE_NAMES[side]),
        *(p + s for p in PARTS[part] for s in SIDE_NAMES[side]),
    ]


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name.split(":")[-1].lower().replace("end", "~"))
    for prefix in PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain
