"""A session as pictures: driven by a script, or what was recorded of a live one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import mujoco

from kinesis_fast.errors import InputError
from kinesis_fast.play.script import ScriptEntry
from kinesis_fast.play.session import PlaySession, Snapshot
from kinesis_fast.view.drawing import Image
from kinesis_fast.view.image_files import write_images
from kinesis_fast.view.offscreen import BodyCamera

AZIMUTH = 120.0
"""Degrees, of the camera: obliquely from behind, so that ways to go are seen."""


def play_script(
    session: PlaySession, actions: Sequence[ScriptEntry], seconds: float
) -> Iterator[Snapshot]:
    """Step a session for so long, doing what the script says; yields every control step.

    Raises:
        InputError: the script asks for what the session refuses, or goes on after the end.
    """
    if actions and actions[-1].time > seconds:
        raise InputError(
            f"the script's last entry is at {actions[-1].time:g} s, after the end at {seconds:g} s"
        )
    waiting = list(actions)
    for step in range(max(1, round(seconds / session.timestep))):
        time = step * session.timestep
        while waiting and waiting[0].time <= time + 1e-9:
            waiting.pop(0).apply(session)
        yield session.step()


def draw_script(
    session: PlaySession, actions: Sequence[ScriptEntry], seconds: float, camera: BodyCamera
) -> Iterator[Image]:
    """Draw such a session, the planned motion as a ghost around the body."""
    for seen in play_script(session, actions, seconds):
        yield draw_snapshot(seen, camera)


def draw_snapshot(seen: Snapshot, camera: BodyCamera) -> Image:
    """Draw one moment, the planned motion as a ghost around the body."""
    return camera.draw(
        seen.qpos, ghost=seen.reference, activation=seen.activation, caption=caption(seen)
    )


def keep_video(
    snapshots: Sequence[Snapshot], model: mujoco.MjModel, frame_rate: float, folder: Path
) -> Path:
    """Write an MP4 of what was recorded, named by the time, and return its path.

    Args:
        snapshots: one a control step.
        model: unstripped, so that it has its meshes.
        frame_rate: control steps a second.
        folder: made where it is not there.

    Raises:
        InputError: nothing can be drawn here.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now():%Y-%m-%d_%H-%M-%S}.mp4"
    with BodyCamera(model, azimuth=AZIMUTH) as camera:
        write_images(path, (draw_snapshot(seen, camera) for seen in snapshots), frame_rate)
    return path


def caption(seen: Snapshot) -> str:
    """Return what a picture says: command and motion, and the body's condition."""
    condition = "\n" + seen.condition.replace("; ", "\n") if seen.condition else ""
    if seen.goal is not None:
        return f"goal {seen.goal_distance:.2f} m away   {seen.speed:.1f} m/s{condition}"
    wanted = (
        f"{seen.commanded_speed:.1f} m/s towards {round(seen.commanded_direction)}, "
        f"facing {round(seen.commanded_facing)} degrees"
        if seen.commanded_speed > 0
        else "stand"
    )
    body = f"{seen.speed:.1f} m/s, facing {round(seen.facing)} degrees"
    return f"command: {wanted}\nbody: {body}{condition}"
