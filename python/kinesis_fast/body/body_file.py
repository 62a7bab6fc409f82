"""Bodies as files: composed models, scaled perhaps, as MJCF that is read as it was written."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import mujoco

from kinesis_fast.errors import InputError

MARK = "kinesis_fast_body"
"""The custom text by which a model file is known to be one of these."""
MESHES = "myo_sim/models"
"""Folder of a file's meshes: the installed package's, wherever it is."""


def write_body(spec: mujoco.MjSpec, path: Path) -> None:
    """Write a composed or scaled model as an MJCF file that :func:`load_model` reads.

    Meshes stay where the package myo_sim is installed.

    Raises:
        InputError: the folder does not exist, or the model is one that MuJoCo cannot write.
    """
    if not path.parent.is_dir():
        raise InputError(f"folder {str(path.parent)!r} for the body does not exist")
    if not any(text.name == MARK for text in spec.texts):
        spec.add_text(name=MARK, data="1")
    xml = spec.to_xml()
    xml = re.sub(r'(mesh|texture)dir="[^"]*"', rf'\1dir="{MESHES}"', xml)
    # MuJoCo leaves classes of attached models without a name, and cannot read that.
    count = iter(range(1, 1000))
    xml = re.sub(
        r"(\n {4,})<default>\n", lambda m: f'{m[1]}<default class="attached_{next(count)}">\n', xml
    )
    try:
        _readable(xml)
    except ValueError as error:
        raise InputError(f"this model cannot be written as a file: {error}") from error
    path.write_text(xml, encoding="utf-8")


def is_written_body(spec: mujoco.MjSpec) -> bool:
    """Tell whether a model file is one of :func:`write_body`; its meshes are found then."""
    if not any(text.name == MARK for text in spec.texts):
        return False
    if spec.meshdir == MESHES:
        spec.meshdir = spec.texturedir = str(_models())
    return True


def _readable(xml: str) -> None:
    spec = mujoco.MjSpec.from_string(xml)
    is_written_body(spec)
    spec.compile()


def _models() -> Path:
    return Path(str(files("myo_sim"))) / "models"
