"""A rollout as one page: what is in it, as a browser would read it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import refuse

from kinesis_fast.body import load_model
from kinesis_fast.body.legs import default_tracked_bodies
from kinesis_fast.view.stage import turned_to

pytest.importorskip("mjviser")
import msgspec
import zstandard

from kinesis_fast.view.scene_page import ScenePage


def test_a_page_plays_what_was_drawn(model: mujoco.MjModel, tmp_path: Path) -> None:
    path = tmp_path / "stand.html"
    with ScenePage(load_model(strip=False), default_tracked_bodies(model), 30.0) as page:
        for height in (0.95, 0.94, 0.93):
            qpos = model.qpos0.copy()
            qpos[2] = height
            page.draw(qpos, ghost=qpos, activation=np.full(model.nu, 0.5))
        page.write(path)
    found = re.search(r'__VISER_EMBED_DATA__="([^"]+)"', path.read_text())
    assert found is not None
    inner = zstandard.ZstdDecompressor().decompressobj().decompress(base64.b64decode(found[1])[8:])
    length = int.from_bytes(inner[:8], "little")
    recording = msgspec.msgpack.decode(inner[8 : 8 + length])
    assert recording["durationSeconds"] == pytest.approx(0.1)
    names = [message.get("name") for _, message in recording["messages"]]
    assert {"/plan/muscles", "/plan/ghost"} <= set(names)


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    refuse(
        tmp_path, "known suffixes: .mp4, .gif, .png, .html", "render", "shipped", "--out", "a.txt"
    )
    refuse(tmp_path, "known suffixes: .mp4, .gif, .png", "demo", "--out", "a.html")


def test_tubes_point_along_their_pieces() -> None:
    ways = np.array([[0.0, 0.0, 2.0], [0.0, 0.0, -1.0], [1.0, 2.0, -0.5], [-3.0, 0.1, 0.0]])
    for way, turn in zip(ways, turned_to(ways), strict=True):
        pointed = np.zeros(3)
        mujoco.mju_rotVecQuat(pointed, np.array([0.0, 0.0, 1.0]), turn)
        np.testing.assert_allclose(pointed, way / np.linalg.norm(way), atol=1e-12)
