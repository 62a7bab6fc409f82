"""Acclaim skeletons and motions (``.asf`` with ``.amc``), as in the CMU motion capture database.

The format's rule: a bone's rotation in its parent is C M C^-1, with C from the bone's ``axis`` and
M from its degrees of freedom; its end lies ``length`` along ``direction``, which is given in world
axes at rest (M. Schafer, "Acclaim skeleton and motion formats", 1994). Lengths are inches over the
``length`` unit of the skeleton (0.45 in the CMU database).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import Recording
from kinesis_fast.motions.capture.rest import Rest
from kinesis_fast.motions.formats import text_file
from kinesis_fast.motions.formats.axes import Y_UP, euler_rotation

Array = npt.NDArray[np.float64]

FRAME_RATE = 120.0
"""Hz, of the CMU database; the files do not tell it."""

INCH = 0.0254

ENDS = {
    "spine": "lowerback",
    **{
        f"{point}_{side}": side + bone
        for side in "rl"
        for point, bone in (
            ("hip", "hipjoint"),
            ("knee", "femur"),
            ("ankle", "tibia"),
            ("toe", "foot"),
        )
    },
}
"""Keypoints, and the bones at whose far ends they lie."""

ANGLES = {"rx": "X", "ry": "Y", "rz": "Z"}
ROOT_ORDER = ("TX", "TY", "TZ", "RX", "RY", "RZ")


@dataclass
class Bone:
    """One bone of a skeleton."""

    parent: str
    offset: Array = field(default_factory=lambda: np.zeros(3))
    """From its start to its end at rest, world axes, in the file's lengths."""
    axes: Array = field(default_factory=lambda: np.eye(3))
    """C: its axes at rest, (3, 3)."""
    angles: str = ""
    """Degrees of freedom, like ``XYZ``, in file order."""


@dataclass
class Skeleton:
    """What an ``.asf`` file says."""

    bones: dict[str, Bone]
    """All but the root, parents before children."""
    root_order: tuple[str, ...]
    root_axes: Array
    to_radians: float
    to_metres: float


def read_acclaim(path: Path, frame_rate: float | None = None) -> Recording:
    """Read one ``.amc`` motion and the skeleton beside it.

    The skeleton is the ``.asf`` file of the same folder that has the longest name which the
    motion's begins with (``02.asf`` for ``02_01.amc``), or the only one.

    Args:
        path: the motion.
        frame_rate: Hz; by default 120, the CMU database's.
    """
    skeleton = read_skeleton(find_skeleton(path))
    frames = read_frames(path, skeleton)
    points = keypoints(skeleton, frames)
    rest = _ends(skeleton, {name: np.eye(3)[None] for name in (*skeleton.bones, "root")})
    return Recording(
        path.stem,
        FRAME_RATE if frame_rate is None else frame_rate,
        points,
        Rest.of({name: skeleton.to_metres * rest[bone][0] @ Y_UP.T for name, bone in ENDS.items()}),
        attributes={"format": "Acclaim"},
    )


def find_skeleton(path: Path) -> Path:
    """Return the ``.asf`` file that belongs to a motion.

    Raises:
        InputError: there is none, or it cannot be told which.
    """
    present = sorted(p for p in path.parent.iterdir() if p.suffix.lower() == ".asf")
    fitting = [p for p in present if path.stem.lower().startswith(p.stem.lower())]
    if fitting:
        return max(fitting, key=lambda p: len(p.stem))
    if len(present) == 1:
        return present[0]
    if present:
        raise InputError(
            f"has {len(present)} skeletons (.asf) in its folder and none with its name"
        )
    raise InputError("needs its skeleton, an .asf file, in the same folder")


def read_skeleton(path: Path) -> Skeleton:
    """Read an ``.asf`` file."""
    sections = _sections(text_file.read_lines(path))
    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            raise InputError(f"skeleton {path.name!r} has no section :{name}")
    units = {words[0].lower(): words[1:] for words in sections.get("units", []) if words}
    length = text_file.number(_first(units, "length", "1.0"), "unit length")
    if not 1e-6 < length < 1e6:
        raise InputError(f"skeleton {path.name!r}: unit length is {length:g}")
    degrees = _first(units, "angle", "deg").lower().startswith("deg")
    to_radians = np.pi / 180 if degrees else 1.0
    bones = _bones(sections["bonedata"], to_radians)
    for child, parent in _hierarchy(sections["hierarchy"]):
        if child not in bones or (parent != "root" and parent not in bones):
            raise InputError(f"skeleton {path.name!r}: unknown bone {child!r} or {parent!r}")
        bones[child].parent = parent
    root = {words[0].lower(): words[1:] for words in sections["root"] if words}
    order = tuple(word.upper() for word in root.get("order", ROOT_ORDER))
    if sorted(order) != sorted(ROOT_ORDER):
        raise InputError(f"skeleton {path.name!r}: the root's order is {' '.join(order)[:60]!r}")
    axis = "".join(root.get("axis", ["XYZ"])).upper()
    turn = text_file.numbers(root.get("orientation", ["0"] * 3), "the root's orientation")
    if sorted(axis) != list("XYZ") or len(turn) != 3:
        raise InputError(f"skeleton {path.name!r}: the root's axis is {axis[:20]!r}")
    return Skeleton(
        _in_order(bones, path),
        order,
        euler_rotation(axis, to_radians * turn),
        to_radians,
        INCH / length,
    )


def read_frames(path: Path, skeleton: Skeleton) -> dict[str, Array]:
    """Read an ``.amc`` file: values (T, n) of the root and of each bone that moves."""
    widths = {name: len(bone.angles) for name, bone in skeleton.bones.items() if bone.angles}
    widths["root"] = 6
    columns: dict[str, list[list[float]]] = {name: [] for name in widths}
    frame, last = 0, None
    to_own_unit = 1.0
    for line in text_file.read_lines(path):
        words = line.split()
        if words and words[0].upper() in (":RADIANS", ":DEGREES"):
            own = 1.0 if words[0].upper() == ":RADIANS" else np.pi / 180
            to_own_unit = own / skeleton.to_radians  # into the skeleton's own unit
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdigit():
            _check_whole(columns, frame)
            if last is not None and int(words[0]) != last + 1:
                raise InputError(
                    f"frame {words[0][:20]} follows frame {last}; frames must be complete and in "
                    "order: cut the file where some are missing"
                )
            frame, last = frame + 1, int(words[0])
            continue
        name = words[0]
        if name not in widths:
            raise InputError(f"moves a bone {name[:40]!r} that its skeleton lacks")
        if len(words) != widths[name] + 1 or len(columns[name]) != frame - 1:
            raise InputError(
                f"frame {frame} has {len(words) - 1} values for {name!r}, "
                f"{widths[name]} once are expected"
            )
        columns[name].append([text_file.number(w, f"{name} in frame {frame}") for w in words[1:]])
    _check_whole(columns, frame)
    if frame == 0:
        raise InputError("has no frames")
    found = {name: np.array(values) for name, values in columns.items()}
    turns = [k for k, letter in enumerate(skeleton.root_order) if letter[0] == "R"]
    found["root"][:, turns] *= to_own_unit
    return {name: v if name == "root" else to_own_unit * v for name, v in found.items()}


def keypoints(skeleton: Skeleton, frames: dict[str, Array]) -> Array:
    """Return keypoints (T, 10, 3), m, z up, of the frames of :func:`read_frames`."""
    count = len(frames["root"])
    root = {name: frames["root"][:, i] for i, name in enumerate(skeleton.root_order)}
    place = np.stack([root[name] for name in ("TX", "TY", "TZ")], axis=-1)
    order = "".join(name[1] for name in skeleton.root_order if name[0] == "R")
    turns = np.stack([root["R" + letter] for letter in order], axis=-1)
    axes = skeleton.root_axes
    own = {"root": axes @ euler_rotation(order, skeleton.to_radians * turns) @ axes.T}
    for name, bone in skeleton.bones.items():
        if bone.angles:
            turn = euler_rotation(bone.angles, skeleton.to_radians * frames[name])
            own[name] = bone.axes @ turn @ bone.axes.T
        else:
            own[name] = np.broadcast_to(np.eye(3), (count, 3, 3))
    ends = _ends(skeleton, own)
    missing = sorted(set(ENDS.values()) - set(ends))
    if missing:
        raise InputError(f"its skeleton has no bone {missing[0]!r}; the CMU names are needed")
    points = np.stack([np.zeros_like(place), *(ends[bone] for bone in ENDS.values())], axis=1)
    return np.asarray(skeleton.to_metres * (points + place[:, None]) @ Y_UP.T)


def _ends(skeleton: Skeleton, own: dict[str, Array]) -> dict[str, Array]:
    """Return the far ends (T, 3) of all bones, from the root, of rotations in their parents."""
    turned = {"root": own["root"]}
    ends = {"root": np.zeros((len(own["root"]), 3))}
    for name, bone in skeleton.bones.items():
        turned[name] = turned[bone.parent] @ own[name]
        ends[name] = ends[bone.parent] + turned[name] @ bone.offset
    return ends


def _sections(lines: list[str]) -> dict[str, list[list[str]]]:
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in lines:
        words = line.split("#")[0].split()
        if words and words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            current.append(words)
    return sections


def _bones(lines: list[list[str]], to_radians: float) -> dict[str, Bone]:
    bones: dict[str, Bone] = {}
    entry: dict[str, list[str]] = {}
    for words in lines:
        key = words[0].lower()
        if key == "begin":
            entry = {}
        elif key == "end":
            name = _first(entry, "name", "")
            if not name or name in bones:
                raise InputError(f"a bone has no name of its own ({name[:40]!r})")
            bones[name] = _bone(name, entry, to_radians)
        else:
            entry[key] = words[1:]
    return bones


def _bone(name: str, entry: dict[str, list[str]], to_radians: float) -> Bone:
    what = f"of bone {name[:40]!r}"
    direction = text_file.numbers(entry.get("direction", []), f"the direction {what}")
    length = text_file.number(_first(entry, "length", "0"), f"the length {what}")
    axis = entry.get("axis", ["0", "0", "0", "XYZ"])
    turns = text_file.numbers(axis[:3], f"the axis {what}")
    order = axis[3].upper() if len(axis) == 4 else ""
    if len(direction) != 3 or len(turns) != 3 or sorted(order) != list("XYZ"):
        raise InputError(f"direction or axis {what} is not complete")
    kinds = [word.lower() for word in entry.get("dof", [])]
    if any(kind not in ANGLES for kind in kinds) or len(set(kinds)) != len(kinds):
        raise InputError(f"the degrees of freedom {what} are {' '.join(kinds)[:40]!r}; rotations")
    angles = "".join(ANGLES[kind] for kind in kinds)
    return Bone("root", length * direction, euler_rotation(order, to_radians * turns), angles)


def _hierarchy(lines: list[list[str]]) -> list[tuple[str, str]]:
    return [
        (child, words[0])
        for words in lines
        if words[0].lower() not in ("begin", "end")
        for child in words[1:]
    ]


def _in_order(bones: dict[str, Bone], path: Path) -> dict[str, Bone]:
    """Return the bones, parents before children."""
    ordered: dict[str, Bone] = {}
    left = dict(bones)
    while left:
        ready = [n for n, b in left.items() if b.parent == "root" or b.parent in ordered]
        if not ready:
            raise InputError(f"skeleton {path.name!r}: bones hang on each other in a circle")
        ordered.update((name, left.pop(name)) for name in ready)
    return ordered


def _first(entry: dict[str, list[str]], key: str, default: str) -> str:
    return entry[key][0] if entry.get(key) else default


def _check_whole(columns: dict[str, list[list[float]]], frame: int) -> None:
    for name, values in columns.items():
        if len(values) != frame:
            raise InputError(f"frame {frame} has no values for {name!r}; it may be truncated")
