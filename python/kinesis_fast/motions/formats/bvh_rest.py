"""A BVH skeleton at rest: what upright, straight and flat are in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinesis_fast.motions.capture.recording import POINTS
from kinesis_fast.motions.capture.rest import Rest
from kinesis_fast.motions.formats.smpl_body import mean_offsets
from kinesis_fast.motions.formats.smpl_body import rest_of as mean_rest

Array = npt.NDArray[np.float64]

LOW_FOOT = np.deg2rad(10.0)
"""A line from ankle to toe that falls by less is a foot's own axis, not a foot that stands, rad."""
STILL = 0.3
"""Heel and toes stand flat where ankle and toe move more slowly than this, m/s."""
SQUARE = np.round(Rotation.create_group("O").as_matrix())
"""The 24 turns by right angles."""


@dataclass(frozen=True)
class Tree:
    """The hierarchy, parents first."""

    parents: Sequence[int]
    offsets: Sequence[Array]
    """Each joint's place in its parent's axes, (3,)."""
    chosen: Mapping[str, int]
    """The joint of each keypoint."""

    def places(self, turns: Sequence[Array]) -> dict[str, Array]:
        """Return keypoints (3,) in the root's axes, of each joint's turn (3, 3) in its parent's."""
        places, turned = [np.zeros(3)], [np.eye(3)]
        for joint, parent in enumerate(self.parents[1:], start=1):
            places.append(places[parent] + turned[parent] @ self.offsets[joint])
            turned.append(turned[parent] @ turns[joint])
        return {name: places[joint] for name, joint in self.chosen.items()}


def rest_of(
    tree: Tree, turns: Sequence[Array], to_world: Array, points: Array, frame_rate: float
) -> Rest:
    """Measure a skeleton at rest.

    In most files the axes of all joints are the world's at rest: the offsets are a person who
    stands. In others they lie along the bones; there every joint rests at the right angles that it
    is nearest to in the mean, and how far a foot's line falls is told by the frames in which the
    foot stands. Where neither makes a person who stands, the pelvis is SMPL's mean body's.

    Args:
        tree: the hierarchy.
        turns: of every joint in its parent's axes, (T, 3, 3).
        to_world: from the file's axes to the world's, z up, (3, 3).
        points: keypoints, (T, 10, 3) m in the world's axes.
        frame_rate: Hz.
    """
    standing = _facing_forward(tree.places([np.eye(3)] * len(turns)), to_world[2])
    if standing is not None:
        return Rest.of(standing)
    square = [_nearest_square(turn.mean(axis=0)) for turn in turns]
    up = turns[0].mean(axis=0).T @ to_world[2]
    standing = _facing_forward(tree.places(square), np.eye(3)[np.argmax(abs(up))] * np.sign(up))
    if standing is None:
        return Rest(mean_rest(mean_offsets()).pelvis_tilt)
    rest = Rest.of(standing)
    assert rest.foot_line is not None
    if rest.foot_line[0] < LOW_FOOT:
        fall = _standing_fall(points, frame_rate)
        return replace(rest, foot_line=None if fall is None else (fall, rest.foot_line[1]))
    return rest


def _nearest_square(turn: Array) -> Array:
    return max(SQUARE, key=lambda square: float(np.sum(square * turn)))


def _facing_forward(places: Mapping[str, Array], up: Array) -> dict[str, Array] | None:
    """Return keypoints with x forward and z up; None unless a person stands upright there."""
    across = places["hip_l"] - places["hip_r"]
    across = across - (across @ up) * up
    if np.linalg.norm(up) < 0.5 or np.linalg.norm(across) < 1e-9:
        return None
    left = across / np.linalg.norm(across)
    facing = np.stack([np.cross(left, up), left, up])
    turned = {name: facing @ place for name, place in places.items()}
    for side in "rl":
        leg = turned[f"hip_{side}"] - turned[f"ankle_{side}"]
        ahead = turned[f"toe_{side}"][0] - turned[f"ankle_{side}"][0]
        if leg[2] <= 0.8 * np.linalg.norm(leg) or ahead <= 0.0:
            return None
    return turned if turned["spine"][2] > turned["hip_r"][2] else None


def _standing_fall(points: Array, frame_rate: float) -> float | None:
    """Return by how much ankles' lines to their toes fall while feet stand flat, rad.

    Args:
        points: keypoints, (T, 10, 3) m.
        frame_rate: Hz.
    """
    falls = []
    for side in "rl":
        ankle, toe = (points[:, POINTS.index(f"{name}_{side}")] for name in ("ankle", "toe"))
        line = toe - ankle
        fall = np.arctan2(-line[:, 2], np.hypot(line[:, 0], line[:, 1]))
        speed = [
            np.linalg.norm(np.gradient(p, 1.0 / frame_rate, axis=0), axis=1) for p in (ankle, toe)
        ]
        falls.append(fall[np.maximum(*speed) < STILL])
    flat = np.concatenate(falls)
    return float(np.median(flat)) if len(flat) else None
