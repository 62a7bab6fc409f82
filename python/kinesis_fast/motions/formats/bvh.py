"""Biovision motions (``.bvh``).

Joints are found by the names in common use (:mod:`joint_names`), or by a user's own map. The format
tells neither units nor which way is up: the unit is the one of metres, decimetres, inches,
centimetres and millimetres that gives the legs a person's length; up is the axis along which the
pelvis is most above the feet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.capture.recording import POINTS, Recording
from kinesis_fast.motions.formats import text_file
from kinesis_fast.motions.formats.axes import euler_rotation
from kinesis_fast.motions.formats.bvh_rest import Tree, rest_of
from kinesis_fast.motions.formats.joint_names import (
    LEG_POINTS,
    is_spine,
    known_joint,
    usual_name,
)

Array = npt.NDArray[np.float64]

UNITS = (1.0, 0.1, 0.0254, 0.01, 0.001)
"""Metres in a unit that files may be in."""
LEG_LENGTH = (0.45, 1.25)
"""Shortest and longest leg of a person from hip to ankle, m."""
CHANNELS = {f"{axis}{kind}": (kind[0], axis) for axis in "XYZ" for kind in ("position", "rotation")}
MAX_JOINTS, MAX_FRAMES = 1000, 10_000_000


@dataclass
class Joint:
    """One joint of the hierarchy."""

    name: str
    parent: int
    offset: Array
    first_channel: int = 0
    channels: list[tuple[str, str]] = field(default_factory=list)
    """Kind (p, r) and axis of each."""


def read_bvh(path: Path, joint_map: Mapping[str, str] | None = None) -> Recording:
    """Read one ``.bvh`` file.

    Args:
        path: the file.
        joint_map: names of joints by keypoint, where they are not known ones.
    """
    lines = text_file.read_lines(path)
    joints, at = _hierarchy(lines)
    frames, frame_rate = _motion(lines, at, sum(len(joint.channels) for joint in joints))
    chosen = _find_points(joints, joint_map)
    turns = _turns(joints, frames)
    places = _places(joints, frames, turns)
    points = np.stack([places[chosen[point]] for point in POINTS], axis=1)
    unit = _unit(points)
    to_world = _to_world(points)
    points = unit * points @ to_world.T
    tree = Tree([j.parent for j in joints], [j.offset for j in joints], chosen)
    rest = rest_of(tree, turns, to_world, points, frame_rate)
    return Recording(path.stem, frame_rate, points, rest, {"format": "BVH", "unit_m": unit})


def _hierarchy(lines: list[str]) -> tuple[list[Joint], int]:
    """Return the joints, parents first, and the number of the line MOTION."""
    joints: list[Joint] = []
    open_joints: list[int] = []
    next_joint, channels = -1, 0
    if not lines or lines[0].split()[:1] != ["HIERARCHY"]:
        raise InputError("does not begin with HIERARCHY; is it a BVH file?")
    for number, line in enumerate(lines[1:], start=1):
        words = line.split()
        if not words:
            continue
        key = words[0].upper()
        if key == "MOTION":
            if not joints or open_joints:
                raise InputError("its hierarchy is not complete")
            return joints, number
        if key in ("ROOT", "JOINT", "END"):
            if len(joints) >= MAX_JOINTS:
                raise InputError(f"has more than {MAX_JOINTS} joints")
            if (key == "ROOT") != (not joints) or (key != "ROOT" and not open_joints):
                raise InputError(f"line {number + 1}: {key} out of place")
            parent = open_joints[-1] if open_joints else -1
            name = " ".join(words[1:]) if key != "END" else f"{joints[parent].name} end"
            joints.append(Joint(name, parent, np.zeros(3)))
            next_joint = len(joints) - 1
        elif key == "{":
            if next_joint < 0:
                raise InputError(f"line {number + 1}: a brace without a joint")
            open_joints.append(next_joint)
            next_joint = -1
        elif key == "}":
            if not open_joints:
                raise InputError(f"line {number + 1}: a closing brace too many")
            open_joints.pop()
        elif key == "OFFSET" and open_joints and len(words) == 4:
            what = f"the offset in line {number + 1}"
            joints[open_joints[-1]].offset = text_file.numbers(words[1:], what)
        elif key == "CHANNELS" and open_joints:
            joint = joints[open_joints[-1]]
            names = words[2:]
            if len(words) < 2 or words[1] != str(len(names)) or len(names) > 6:
                raise InputError(f"line {number + 1}: the channels are not as many as announced")
            if any(name not in CHANNELS for name in names) or joint.channels:
                raise InputError(f"line {number + 1}: unknown channels {' '.join(names)[:60]!r}")
            joint.first_channel, joint.channels = channels, [CHANNELS[name] for name in names]
            channels += len(names)
        else:
            raise InputError(f"line {number + 1} is not understood: {line.strip()[:60]!r}")
    raise InputError("has no MOTION; it may be truncated")


def _motion(lines: list[str], at: int, width: int) -> tuple[Array, float]:
    """Return channel values (T, width) and the frame rate, Hz."""
    rest = [line.split() for line in lines[at + 1 :] if line.strip()]
    if len(rest) < 2 or rest[0][0].lower() != "frames:" or rest[1][:2] != ["Frame", "Time:"]:
        raise InputError("lacks 'Frames:' or 'Frame Time:' after MOTION")
    count = text_file.integer(rest[0][-1], "the number of frames")
    step = text_file.number(rest[1][-1], "the frame time")
    if not 1e-5 < step < 10.0:
        raise InputError(f"frame time {step:g} s; it must be in (1e-5, 10) s")
    rows = rest[2:]
    if count != len(rows) or count > MAX_FRAMES:
        raise InputError(f"is truncated: it announces {count} frames and has {len(rows)}")
    for i, row in enumerate(rows):
        if len(row) != width:
            raise InputError(f"frame {i + 1} has {len(row)} values for {width} channels")
    values = [text_file.numbers(row, f"a channel of frame {i + 1}") for i, row in enumerate(rows)]
    return np.array(values).reshape(len(rows), width), 1.0 / step


def _turns(joints: list[Joint], frames: Array) -> list[Array]:
    """Return the turn (T, 3, 3) of every joint in its parent's axes."""
    turns = []
    for joint in joints:
        columns = [i for i, (kind, _) in enumerate(joint.channels) if kind == "r"]
        order = "".join(joint.channels[i][1] for i in columns)
        values = frames[:, [joint.first_channel + i for i in columns]]
        # Each channel turns about the axes that those before it have left: the last acts first.
        turns.append(euler_rotation(order[::-1], np.deg2rad(values[:, ::-1])))
    return turns


def _places(joints: list[Joint], frames: Array, turns: list[Array]) -> list[Array]:
    """Return the place (T, 3) of every joint in the file's units and axes."""
    places: list[Array] = []
    turned: list[Array] = []
    for joint, turn in zip(joints, turns, strict=True):
        local = np.tile(joint.offset, (len(frames), 1))
        for i, (kind, axis) in enumerate(joint.channels):
            if kind == "p":
                local[:, "XYZ".index(axis)] = frames[:, joint.first_channel + i]
        if joint.parent < 0:
            places.append(local)
            turned.append(turn)
        else:
            parent = turned[joint.parent]
            places.append(places[joint.parent] + (parent @ local[:, :, None])[:, :, 0])
            turned.append(parent @ turn)
    return places


def _find_points(joints: list[Joint], given: Mapping[str, str] | None) -> dict[str, int]:
    """Return the joint of each keypoint: the one that is given, or one of a known name."""
    names = [joint.name for joint in joints]
    found: dict[str, int] = {"pelvis": 0}
    for point, name in (given or {}).items():
        if name not in names:
            raise InputError(
                f"has no joint {name!r}, which the joint map gives for {point}"
                f"{did_you_mean(name, names)}"
            )
        found[point] = names.index(name)
    for point in LEG_POINTS:
        if point in found:
            continue
        index = known_joint(names, point)
        if index is None and point.startswith("toe"):
            index = _end_of(joints, found[point.replace("toe", "ankle")])
        if index is None:
            raise InputError(
                f"has no joint known as {point} (such as {usual_name(point)!r}); name it with "
                "--joint-map. Its joints: " + ", ".join(names)[:200]
            )
        found[point] = index
    if "spine" in found:
        return found
    spines = [i for i, name in enumerate(names) if is_spine(name)]
    if not spines:
        raise InputError(
            "has no joint of the spine above its root; name one with --joint-map, as 'spine: NAME'"
        )
    # The first that lies above the hips: some rigs put a spine joint onto the root itself.
    length = [float(np.linalg.norm(_offset_from_root(joints, i))) for i in spines]
    found["spine"] = next((i for i, d in zip(spines, length, strict=True) if d > 1e-3), spines[0])
    return found


def _end_of(joints: list[Joint], ankle: int) -> int | None:
    ends = [i for i, joint in enumerate(joints) if joint.parent == ankle]
    lengths = [float(np.linalg.norm(joints[i].offset)) for i in ends]
    return ends[int(np.argmax(lengths))] if ends and max(lengths) > 0 else None


def _offset_from_root(joints: list[Joint], index: int) -> Array:
    place = np.zeros(3)
    while index > 0:
        place = place + joints[index].offset
        index = joints[index].parent
    return place


def _unit(points: Array) -> float:
    """Return the unit of length, m, that gives the legs a person's length."""
    place = dict(zip(POINTS, np.moveaxis(points, 1, 0), strict=True))
    legs = []
    for side in "rl":
        thigh = np.linalg.norm(place[f"knee_{side}"] - place[f"hip_{side}"], axis=1)
        shank = np.linalg.norm(place[f"ankle_{side}"] - place[f"knee_{side}"], axis=1)
        legs.append(float(np.median(thigh) + np.median(shank)))
    for unit in UNITS:
        if LEG_LENGTH[0] <= unit * float(np.mean(legs)) <= LEG_LENGTH[1]:
            return unit
    raise InputError(
        f"its legs measure {np.mean(legs):.3g}; no unit of length makes that a person's"
    )


def _to_world(points: Array) -> Array:
    """Return the rotation of the file's axes into the world's, z up."""
    place = dict(zip(POINTS, np.moveaxis(points, 1, 0), strict=True))
    hips = 0.5 * (place["hip_r"] + place["hip_l"])
    height = np.mean(hips - 0.5 * (place["ankle_r"] + place["ankle_l"]), axis=0)
    axis = int(np.argmax(np.abs(height)))
    turned = np.roll(np.eye(3), 2 - axis, axis=0)  # a cyclic change of axes: axis becomes z
    if height[axis] < 0:
        turned = np.diag([1.0, -1.0, -1.0]) @ turned
    return turned
