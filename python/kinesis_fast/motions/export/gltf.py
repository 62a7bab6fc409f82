"""The body in motion as one file that viewers and animation programs open (glTF 2.0, ``.glb``).

Khronos, "glTF 2.0 specification" (2021): a JSON part and a binary part, little endian. Every body
of the model is a node that the animation moves; its bones or shapes are its meshes.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.export.motion import Array, Motion
from kinesis_fast.rotations import matrix_from_quat, quat_from_matrix

FLOAT, UNSIGNED = 5126, 5125
"""Component types."""
VERTICES, INDICES = 34962, 34963
"""What a buffer's part is for."""
BONE = [0.86, 0.82, 0.74, 1.0]
"""Base colour."""
Y_UP = [-np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]
"""Quaternion x, y, z, w that takes z up to y up."""
ROUND = 12
"""Corners of a round shape's outline."""


def write_glb(path: Path, motion: Motion) -> None:
    """Write bodies and their motion: metres, seconds; the file begins at time 0."""
    file = _File()
    times = file.add((np.arange(len(motion.qpos)) / motion.frame_rate).astype(np.float32))
    model = motion.model
    nodes: list[dict[str, Any]] = []
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for body in range(1, model.nbody):
        shape = _shape(model, body)
        if shape is None:
            continue
        quat = _continuous(quat_from_matrix(motion.body_rot[:, body]))
        paths = {"translation": motion.body_pos[:, body], "rotation": quat[:, [1, 2, 3, 0]]}
        node = {"name": model.body(body).name, "mesh": file.add_mesh(*shape)}
        for name, values in paths.items():
            output = file.add(values.astype(np.float32))
            channels.append(
                {"sampler": len(samplers), "target": {"node": len(nodes), "path": name}}
            )
            samplers.append({"input": times, "output": output, "interpolation": "LINEAR"})
            node[name] = [float(v) for v in values[0]]
        nodes.append(node)
    nodes.append({"name": "body", "children": list(range(len(nodes))), "rotation": Y_UP})
    content = {
        "asset": {"version": "2.0", "generator": "kinesis_fast"},
        "scene": 0,
        "scenes": [{"name": motion.name, "nodes": [len(nodes) - 1]}],
        "nodes": nodes,
        "materials": [
            {
                "name": "bone",
                "pbrMetallicRoughness": {
                    "baseColorFactor": BONE,
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.7,
                },
            }
        ],
        "animations": [{"name": motion.name, "samplers": samplers, "channels": channels}],
    }
    path.write_bytes(file.packed(content))


class _File:
    """The binary part, and what the JSON part says of it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._meshes: list[dict[str, Any]] = []

    def add(self, values: npt.NDArray[np.generic], target: int | None = None) -> int:
        """Append an array of floats or of indices, (N,) or (N, columns); return its accessor."""
        values = np.ascontiguousarray(values)
        raw = values.tobytes()
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(raw)}
        if target is not None:
            view["target"] = target
        self._parts.append(raw)
        self._size += len(raw)  # all of 4 bytes: the next begins at a multiple of 4
        rows = values.reshape(len(values), -1)
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[rows.shape[1]]
        self._accessors.append(
            {
                "bufferView": len(self._views),
                "componentType": FLOAT if values.dtype == np.float32 else UNSIGNED,
                "count": len(rows),
                "type": kind,
                "min": rows.min(axis=0).tolist(),
                "max": rows.max(axis=0).tolist(),
            }
        )
        self._views.append(view)
        return len(self._accessors) - 1

    def add_mesh(self, vertices: Array, faces: npt.NDArray[np.int64]) -> int:
        """Append triangles (M, 3) of vertices (N, 3), with flat shading's normals; return its
        number."""
        corners = vertices[faces.ravel()]
        triangles = corners.reshape(-1, 3, 3)
        across = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        normal = np.zeros_like(vertices)
        for k in range(3):
            np.add.at(normal, faces[:, k], across)
        length = np.linalg.norm(normal, axis=1, keepdims=True)
        normal = np.where(length > 0, normal / np.maximum(length, 1e-20), [0.0, 0.0, 1.0])
        self._meshes.append(
            {
                "primitives": [
                    {
                        "attributes": {
                            "POSITION": self.add(vertices.astype(np.float32), VERTICES),
                            "NORMAL": self.add(normal.astype(np.float32), VERTICES),
                        },
                        "indices": self.add(faces.ravel().astype(np.uint32), INDICES),
                        "material": 0,
                    }
                ]
            }
        )
        return len(self._meshes) - 1

    def packed(self, content: dict[str, Any]) -> bytes:
        """Return the whole file."""
        content = {
            **content,
            "meshes": self._meshes,
            "buffers": [{"byteLength": self._size}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }
        text = json.dumps(content, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        binary = b"".join(self._parts)
        size = 12 + 8 + len(text) + 8 + len(binary)
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, size),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(binary), b"BIN\x00"),
                binary,
            ]
        )


def _continuous(quat: Array) -> Array:
    """Return quaternions (T, 4) whose signs let them be interpolated."""
    flips = np.sum(quat[1:] * quat[:-1], axis=1) < 0
    signs = np.concatenate([[1.0], np.cumprod(np.where(flips, -1.0, 1.0))])
    same: Array = quat * signs[:, None]
    return same


def _shape(model: mujoco.MjModel, body: int) -> tuple[Array, npt.NDArray[np.int64]] | None:
    """Return a body's meshes, or its round and box shapes where it has none, in its axes."""
    geoms = [g for g in range(model.ngeom) if model.geom_bodyid[g] == body]
    meshes = [g for g in geoms if model.geom_type[g] == mujoco.mjtGeom.mjGEOM_MESH]
    parts = [_triangles(model, g) for g in meshes or geoms]
    found = [part for part in parts if part is not None]
    if not found:
        return None
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in found)])
    vertices = np.concatenate([vertices for vertices, _ in found])
    faces = np.concatenate(
        [faces + start for (_, faces), start in zip(found, starts, strict=False)]
    )
    return vertices, faces


def _triangles(model: mujoco.MjModel, geom: int) -> tuple[Array, npt.NDArray[np.int64]] | None:
    """Return a shape's vertices (N, 3), m, in its body's axes, and faces (M, 3); None: no shape."""
    kind, size = model.geom_type[geom], model.geom_size[geom]
    if kind == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        start, faces = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
        vertices = np.array(model.mesh_vert[first : first + count], dtype=np.float64)
        triangles = np.array(model.mesh_face[start : start + faces], dtype=np.int64)
    elif kind in (mujoco.mjtGeom.mjGEOM_SPHERE, mujoco.mjtGeom.mjGEOM_ELLIPSOID):
        radii = size if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID else np.repeat(size[0], 3)
        vertices, triangles = _ball()
        vertices = vertices * radii
    elif kind in (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_CYLINDER):
        vertices, triangles = _ball()
        vertices = vertices * size[0] + np.sign(vertices[:, 2:]) * size[1] * [0.0, 0.0, 1.0]
    else:
        return None
    turn = matrix_from_quat(model.geom_quat[geom])
    return vertices @ turn.T + model.geom_pos[geom], triangles


def _ball() -> tuple[Array, npt.NDArray[np.int64]]:
    """Return a sphere of radius 1 in rings of an even number, so that a capsule's halves part."""
    rings = 2 * (ROUND // 2)
    polar = np.pi * (np.arange(rings) + 0.5) / rings
    around = 2.0 * np.pi * np.arange(ROUND) / ROUND
    vertices = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.repeat(np.cos(polar)[:, None], ROUND, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    poles = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    top, bottom = len(vertices), len(vertices) + 1
    faces = []
    for k in range(ROUND):
        after = (k + 1) % ROUND
        faces += [[top, k, after], [bottom, (rings - 1) * ROUND + after, (rings - 1) * ROUND + k]]
        for ring in range(rings - 1):
            a, b = ring * ROUND + k, ring * ROUND + after
            faces += [[a, a + ROUND, b], [b, a + ROUND, b + ROUND]]
    return np.concatenate([vertices, poles]), np.array(faces, dtype=np.int64)
