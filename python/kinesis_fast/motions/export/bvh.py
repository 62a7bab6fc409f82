"""A skeleton's motion as Biovision's files (``.bvh``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinesis_fast.body import apply_couplings, root_body
from kinesis_fast.body.legs import PELVIS_TO_ROOT, SIDES
from kinesis_fast.motions.export.motion import Array, Motion
from kinesis_fast.motions.formats.axes import Y_UP
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.rotations import quat_from_matrix, zxy_angles

CENTIMETRES = 100.0
SPINE = np.array([0.0, 0.15, 0.0])
"""Of a joint that stands for the trunk, over the middle of the hips, m."""
NAMES = {"r": "Right", "l": "Left"}
PARTS = {"UpLeg": "femur", "Leg": "tibia", "Foot": "talus", "Heel": "calcn", "ToeBase": "toes"}


@dataclass
class _Joint:
    name: str
    body: int
    rest: Array
    """Its place in the body that stands straight, (3,) m, y up."""
    children: list[_Joint] = field(default_factory=list)
    end: Array | None = None
    """A last point, from the joint, (3,) m."""


def write_bvh(path: Path, motion: Motion) -> None:
    """Write hips and legs: centimetres, y up, facing z, all axes the world's in the rest pose.

    Knees slide as well as turn in the model, by up to 12 mm: their joints have places as channels.
    """
    model = motion.model
    rest_pos, rest_rot = _rest(motion)
    root = int(root_body(model))
    hips = _Joint("Hips", root, rest_pos[root])
    hips.children.append(_Joint("Spine", root, _middle(motion, rest_pos) + SPINE, end=SPINE))
    for side in SIDES:
        above = hips
        for part, body in PARTS.items():
            number = model.body(f"{body}_{side}").id
            below = _Joint(NAMES[side] + part, number, rest_pos[number])
            above.children.append(below)
            above = below
        above.end = np.array([0.0, 0.0, 0.07])
    # World turns since the rest pose, in axes with y up: those of the file's joints.
    turned = Y_UP.T @ motion.body_rot @ np.swapaxes(rest_rot, 1, 2) @ Y_UP
    places = motion.body_pos @ Y_UP
    lines = ["HIERARCHY"]
    columns: list[Array] = []
    _add(hips, None, turned, places, 0, lines, columns)
    lines += ["MOTION", f"Frames: {len(places)}", f"Frame Time: {1.0 / motion.frame_rate:.9g}"]
    lines += [" ".join(f"{v:.6f}" for v in row) for row in np.concatenate(columns, axis=1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rest(motion: Motion) -> tuple[Array, Array]:
    """Return where bodies are in the upright, straight body: (bodies, 3) m, y up, and their turns
    (bodies, 3, 3) in the world's axes."""
    model = motion.model
    qpos = np.array(model.qpos0, dtype=np.float64)
    root = int(model.jnt_qposadr[model.body_jntadr[root_body(model)]])
    qpos[root : root + 7] = [0.0, 0.0, 0.0, *quat_from_matrix(PELVIS_TO_ROOT.T)]
    apply_couplings(model, qpos)
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos[None])
    return kinematics.body_pos[0] @ Y_UP, kinematics.body_rot[0]


def _middle(motion: Motion, rest: Array) -> Array:
    hips = [rest[motion.model.body(f"femur_{side}").id] for side in SIDES]
    middle: Array = np.mean(hips, axis=0)
    return middle


def _add(
    joint: _Joint,
    parent: _Joint | None,
    turned: Array,
    places: Array,
    depth: int,
    lines: list[str],
    columns: list[Array],
) -> None:
    """Append a joint and all below it, and their channels' values."""
    indent = "\t" * depth
    offset = joint.rest if parent is None else joint.rest - parent.rest
    slides = parent is None or (joint.name.endswith("Leg") and not joint.name.endswith("UpLeg"))
    lines += [f"{indent}{'ROOT' if parent is None else 'JOINT'} {joint.name}", indent + "{"]
    lines.append(f"{indent}\tOFFSET {_cm(offset)}")
    own = turned[:, joint.body]
    if parent is not None:
        own = np.swapaxes(turned[:, parent.body], 1, 2) @ own
    if slides:
        place = places[:, joint.body]
        if parent is not None:
            away = place - places[:, parent.body]
            place = np.einsum("tji,tj->ti", turned[:, parent.body], away)
        columns.append(CENTIMETRES * place)
    columns.append(np.rad2deg(zxy_angles(own)))
    kinds = "Xposition Yposition Zposition " if slides else ""
    lines.append(f"{indent}\tCHANNELS {6 if slides else 3} {kinds}Zrotation Xrotation Yrotation")
    for child in joint.children:
        _add(child, joint, turned, places, depth + 1, lines, columns)
    if joint.end is not None:
        lines += [f"{indent}\tEnd Site", indent + "\t{", f"{indent}\t\tOFFSET {_cm(joint.end)}"]
        lines.append(indent + "\t}")
    lines.append(indent + "}")


def _cm(place: Array) -> str:
    return " ".join(f"{v:.6f}" for v in CENTIMETRES * place)
