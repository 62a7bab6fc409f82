"""One short synthetic walk, written in every format that is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_fast.motions.capture.recording import POINTS, Recording
from kinesis_fast.motions.formats import amass, smpl_body

FRAMES = 24
SWINGS = {"hip_r": 0.5, "hip_l": -0.5, "knee_r": 0.3, "knee_l": -0.3, "ankle_r": 0.2}


def bends(frames: int = FRAMES) -> dict[str, np.ndarray]:
    """Turns of joints about their own leftward axis, rad, (T,)."""
    phase = 2 * np.pi * np.arange(frames) / 20
    turns = {name: size * np.sin(phase) for name, size in SWINGS.items()}
    for side in "rl":
        turns[f"knee_{side}"] = turns[f"knee_{side}"] + 0.5
    return turns


def places(frames: int = FRAMES) -> np.ndarray:
    """Places of the pelvis, (T, 3) m, x forward, y left, z up."""
    moved = np.zeros((frames, 3))
    moved[:, 0] = 0.05 * np.arange(frames)
    moved[:, 2] = 0.93
    return moved


def poses(frames: int = FRAMES) -> np.ndarray:
    """SMPL's rotation vectors (T, 22, 3); its leftward axis is x."""
    vectors = np.zeros((frames, 22, 3))
    # Facing along x with z up: the turn that takes SMPL's axes (y up, z ahead) there.
    vectors[:, 0] = 2 * np.pi / 3 / np.sqrt(3)
    for name, angle in bends(frames).items():
        vectors[:, smpl_body.JOINTS[name], 0] = angle
    return vectors


def recording() -> Recording:
    return amass.from_poses("walk", 20.0, poses(), places(), {})


def joints22() -> np.ndarray:
    """HumanML3D's joints (T, 22, 3), y up; those that are not read lie on the spine."""
    points = recording().points @ np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    joints = np.repeat(points[:, 1:2], 22, axis=1)
    for i, name in enumerate(POINTS):
        joints[:, smpl_body.JOINTS[name]] = points[:, i]
    return joints.astype(np.float32)


def write_amass(folder: Path, **changes: Any) -> Path:
    path = folder / "walk_poses.npz"
    arrays = {
        "poses": np.concatenate([poses().reshape(FRAMES, 66), np.zeros((FRAMES, 90))], axis=1),
        "trans": places(),
        "betas": np.zeros(16),
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(20.0),
        **changes,
    }
    np.savez(path, **{name: a for name, a in arrays.items() if a is not None})
    return path


def write_humanml3d(folder: Path) -> Path:
    path = folder / "walk.npy"
    np.save(path, joints22())
    return path


def write_features(folder: Path) -> Path:
    """Raw features of a walk straight along z, as HumanML3D has it: no turn, all else zero."""
    joints = joints22()
    features = np.zeros((FRAMES, 263), np.float32)
    features[:-1, 1:3] = np.diff(joints[:, 0, [0, 2]], axis=0)
    features[:, 3] = joints[:, 0, 1]
    local = joints[:, 1:].copy()
    local[:, :, [0, 2]] -= joints[:, :1, [0, 2]]
    features[:, 4:67] = local.reshape(FRAMES, 63)
    path = folder / "walk_features.npy"
    np.save(path, features)
    return path


def write_results(folder: Path, **changes: Any) -> Path:
    motion = np.stack([np.moveaxis(joints22(), 0, -1)] * 2)
    content = {
        "motion": motion,
        "text": ["a person walks", "a person walks on"],
        "lengths": np.array([FRAMES, FRAMES - 4]),
        "num_samples": 2,
        "num_repetitions": 1,
        **changes,
    }
    path = folder / "results.npy"
    np.save(path, content, allow_pickle=True)  # type: ignore[arg-type]
    return path


def opensim_columns() -> dict[str, np.ndarray]:
    turns = bends()
    zero = np.zeros(FRAMES)
    columns = {
        "pelvis_tilt": zero,
        "pelvis_list": zero,
        "pelvis_rotation": zero,
        "pelvis_tx": places()[:, 0],
        "pelvis_ty": places()[:, 2],
        "pelvis_tz": zero,
    }
    for side in "rl":
        columns |= {
            f"hip_flexion_{side}": turns[f"hip_{side}"],
            f"hip_adduction_{side}": zero,
            f"hip_rotation_{side}": zero,
            f"knee_angle_{side}": turns[f"knee_{side}"],
            f"ankle_angle_{side}": zero,
        }
    return columns


def write_opensim(folder: Path) -> Path:
    columns = opensim_columns()
    lines = ["Coordinates", "version=1", f"nRows={FRAMES}", f"nColumns={len(columns) + 1}"]
    lines += ["inDegrees=no", "endheader", "\t".join(["time", *columns])]
    for t in range(FRAMES):
        row = [t / 20.0, *(values[t] for values in columns.values())]
        lines.append("\t".join(f"{value:.6f}" for value in row))
    path = folder / "walk.sto"
    path.write_text("\n".join(lines) + "\n")
    return path


def sample_markers() -> dict[str, np.ndarray]:
    """Markers of the sample walk, by label: (T, 3) m, z up."""
    place = dict(zip(POINTS, np.moveaxis(recording().points, 1, 0), strict=True))
    markers = {}
    hips = 0.5 * (place["hip_r"] + place["hip_l"])
    for side, out in (("R", -1.0), ("L", 1.0)):
        s = side.lower()
        markers[f"{side}.ASIS"] = hips + np.array([0.08, out * 0.12, 0.08])
        markers[f"{side}.PSIS"] = hips + np.array([-0.08, out * 0.04, 0.08])
        markers[f"{side}.Knee"] = place[f"knee_{s}"] + [0.0, out * 0.055, 0.0]
        markers[f"{side}.Ankle"] = place[f"ankle_{s}"] + [0.0, out * 0.04, 0.0]
        ahead = place[f"toe_{s}"] - place[f"ankle_{s}"]
        markers[f"{side}.Heel"] = place[f"ankle_{s}"] - 0.4 * ahead + [0.0, 0.0, -0.04]
        markers[f"{side}.Toe"] = place[f"toe_{s}"]
    return markers


def write_trc(folder: Path) -> Path:
    markers = sample_markers()
    lines = ["PathFileType\t4\t(X/Y/Z)\twalk.trc"]
    lines.append("DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits")
    lines.append(f"20\t20\t{FRAMES}\t{len(markers)}\tmm")
    lines.append("Frame#\tTime\t" + "\t\t\t".join(markers) + "\t\t")
    lines.append("\t\t" + "\t".join(f"{a}{i + 1}" for i in range(len(markers)) for a in "XYZ"))
    for t in range(FRAMES):
        cells = [f"{1000 * m[t][k]:.3f}" for m in markers.values() for k in (0, 2, 1)]
        cells = [c if i % 3 != 2 else _negated(c) for i, c in enumerate(cells)]
        lines.append("\t".join([str(t + 1), f"{t / 20:.4f}", *cells]))
    path = folder / "walk.trc"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_c3d(folder: Path) -> Path:
    import ezc3d

    markers = sample_markers()
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [20.0]
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(markers)
    points = np.ones((4, len(markers), FRAMES))
    points[:3] = 1000.0 * np.stack(list(markers.values())).transpose(2, 0, 1)
    file["data"]["points"] = points
    path = folder / "walk.c3d"
    file.write(str(path))
    return path


def _negated(cell: str) -> str:
    return f"{-float(cell):.3f}"


BVH_NAMES = {
    "spine": "Spine",
    "hip_l": "LeftUpLeg",
    "knee_l": "LeftLeg",
    "ankle_l": "LeftFoot",
    "toe_l": "LeftToeBase",
    "hip_r": "RightUpLeg",
    "knee_r": "RightLeg",
    "ankle_r": "RightFoot",
    "toe_r": "RightToeBase",
}


def write_bvh(folder: Path) -> Path:
    """In centimetres, y up, facing z; knees turn about x alone."""
    lines = ["HIERARCHY", "ROOT mixamorig:Hips", "{", "OFFSET 0 0 0"]
    lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
    order = []

    def joint(name: str) -> None:
        offset = 100 * np.array(smpl_body.OFFSETS[name])
        lines.extend([f"JOINT mixamorig:{BVH_NAMES[name]}", "{"])
        lines.append(f"OFFSET {offset[1]:.6f} {offset[2]:.6f} {offset[0]:.6f}")
        lines.append("CHANNELS 3 Zrotation Xrotation Yrotation")
        order.append(name)
        children = [child for child, parent in smpl_body.PARENTS.items() if parent == name]
        for child in children:
            joint(child)
        if not children:
            lines.extend(["End Site", "{", "OFFSET 0 0 5", "}"])
        lines.append("}")

    for name, parent in smpl_body.PARENTS.items():
        if parent == "pelvis":
            joint(name)
    lines += ["}", "MOTION", f"Frames: {FRAMES}", "Frame Time: 0.05"]
    turns, place = bends(), 100 * places()
    for t in range(FRAMES):
        values = [place[t, 1], place[t, 2], place[t, 0], 0.0, 0.0, 0.0]
        for name in order:
            values += [0.0, np.rad2deg(turns[name][t]) if name in turns else 0.0, 0.0]
        lines.append(" ".join(f"{value:.6f}" for value in values))
    path = folder / "walk.bvh"
    path.write_text("\n".join(lines) + "\n")
    return path


ASF_BONES = {
    "lhipjoint": ("root", "hip_l", None),
    "lfemur": ("lhipjoint", "knee_l", "hip_l"),
    "ltibia": ("lfemur", "ankle_l", "knee_l"),
    "lfoot": ("ltibia", "toe_l", "ankle_l"),
    "rhipjoint": ("root", "hip_r", None),
    "rfemur": ("rhipjoint", "knee_r", "hip_r"),
    "rtibia": ("rfemur", "ankle_r", "knee_r"),
    "rfoot": ("rtibia", "toe_r", "ankle_r"),
    "lowerback": ("root", "spine", "spine"),
}


def write_acclaim(folder: Path) -> Path:
    lines = [":version 1.10", ":name VICON", ":units", "  mass 1.0", "  length 0.45"]
    lines += ["  angle deg", ":root", "  order TX TY TZ RX RY RZ", "  axis XYZ"]
    lines += ["  position 0 0 0", "  orientation 0 0 0", ":bonedata"]
    unit = 0.45 / 0.0254
    for i, (bone, (_, end, turned)) in enumerate(ASF_BONES.items()):
        offset = unit * np.array(smpl_body.OFFSETS[end])[[1, 2, 0]]
        length = float(np.linalg.norm(offset))
        direction = " ".join(f"{x:.9f}" for x in offset / length)
        lines += ["  begin", f"    id {i + 1}", f"    name {bone}", f"    direction {direction}"]
        # Axes turned about x: the bone's own turns about x stay what they are.
        lines += [f"    length {length:.9f}", "    axis 20 0 0 XYZ"]
        lines += ["    dof rx ry rz"] if turned else []
        lines += ["  end"]
    lines += [":hierarchy", "  begin", "    root lhipjoint rhipjoint lowerback"]
    for bone, (parent, _, _) in ASF_BONES.items():
        if parent != "root":
            lines.append(f"    {parent} {bone}")
    lines.append("  end")
    (folder / "walk.asf").write_text("\n".join(lines) + "\n")
    motion = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    turns, place = bends(), unit * places()
    for t in range(FRAMES):
        motion += [str(t + 1), f"root {place[t, 1]:.6f} {place[t, 2]:.6f} {place[t, 0]:.6f} 0 0 0"]
        for bone, (_, _, turned) in ASF_BONES.items():
            if turned:
                angle = np.rad2deg(turns[turned][t]) if turned in turns else 0.0
                motion.append(f"{bone} {angle:.6f} 0 0")
    path = folder / "walk_01.amc"
    path.write_text("\n".join(motion) + "\n")
    return path


def write_kinesis(folder: Path) -> Path:
    """As joblib writes it: arrays raw between the instructions of a pickle."""
    aa = np.concatenate([poses().reshape(FRAMES, 66), np.zeros((FRAMES, 6))], axis=1)
    clip = {"pose_aa": aa, "trans_orig": places(), "fps": 20, "gender": "neutral"}
    path = folder / "kit.pkl"
    path.write_bytes(joblib_bytes({"0-KIT_3_walk01_poses": clip, "0-KIT_3_walk02_poses": clip}))
    return path


def joblib_bytes(content: Any) -> bytes:
    """Return what ``joblib.dump(content, file)`` writes, by its published format."""
    import pickle
    import sys
    import types

    names = ("joblib", "joblib.numpy_pickle")
    before = {name: sys.modules.get(name) for name in names}
    modules = {name: types.ModuleType(name) for name in names}
    wrapper = type("NumpyArrayWrapper", (), {"__module__": "joblib.numpy_pickle"})
    modules["joblib.numpy_pickle"].NumpyArrayWrapper = wrapper  # type: ignore[attr-defined]
    sys.modules.update(modules)
    out = io.BytesIO()

    class Pickler(pickle._Pickler):  # type: ignore[name-defined,misc]
        def save(self, obj: Any, save_persistent_id: bool = True) -> None:
            if type(obj) is not np.ndarray:
                super().save(obj, save_persistent_id)
                return
            note = wrapper()
            note.__dict__.update(
                subclass=np.ndarray,
                shape=obj.shape,
                order="C",
                dtype=obj.dtype,
                allow_mmap=True,
                numpy_array_alignment_bytes=16,
            )
            super().save(note)
            self.framer.commit_frame(force=True)
            padding = 16 - (out.tell() + 1) % 16
            out.write(bytes([padding]) + b"\xff" * padding + obj.tobytes())

    try:
        Pickler(out, protocol=4).dump(content)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return out.getvalue()


WRITERS: dict[str, Callable[[Path], Path]] = {
    "amass": write_amass,
    "humanml3d": write_humanml3d,
    "features": write_features,
    "t2m": write_results,
    "opensim": write_opensim,
    "trc": write_trc,
    "c3d": write_c3d,
    "acclaim": write_acclaim,
    "bvh": write_bvh,
    "kinesis": write_kinesis,
}


def rezip(path: Path, change: Callable[[bytes], bytes], member: int) -> None:
    """Change the bytes of one array inside an .npz archive, checksums made right."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    name = list(content)[member % len(content)]
    content[name] = change(content[name])
    with zipfile.ZipFile(path, "w") as archive:
        for member_name, data in content.items():
            archive.writestr(member_name, data)
