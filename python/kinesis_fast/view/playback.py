"""From policies and motions to pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import facing
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks.walk_trials import SpeedsTrial
from kinesis_fast.view.drawing import Image
from kinesis_fast.view.offscreen import BodyCamera

if TYPE_CHECKING:
    from kinesis_fast.view.scene_page import ScenePage

FRAME_RATE = 30.0
STICKS = ((0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (5, 6))
"""Which of the tracked bodies (pelvis, knee, ankle and toes of both sides) a stick joins."""
GHOST_AHEAD = 0.8
"""How far ahead of the body, along its heading, the reference is drawn, m."""


def play_policy(
    env: MuscleVectorEnv,
    agent: Agent,
    camera: BodyCamera | ScenePage,
    clip: int,
    seconds: float,
    caption: str = "",
) -> Iterator[Image]:
    """Draw the mean policy's first ``seconds`` of a clip, the reference beside it.

    ``env`` has one environment; drawing ends with its episode. Each picture says ``caption``.
    """
    chosen = {"clip": clip, "start_time": 0.0}
    steps = max(1, round(seconds / env.control_timestep))
    env.reset(options=chosen)
    yield _picture(env, camera, clip, 0, caption)
    for number, step in enumerate(run_episodes(env, agent, chosen, steps=steps - 1), 1):
        if step.ended[0]:
            return
        yield _picture(env, camera, clip, number, caption)


def play_walk(
    subject: TrialSubject, speed: float, camera: BodyCamera, seconds: float, caption: str = ""
) -> Iterator[Image]:
    """Draw a policy that is told, from standing, to walk straight ahead at a speed.

    Drawing begins when it is told, and ends when it falls. Each picture says ``caption``.

    Args:
        subject: the policy.
        speed: m/s.
        camera: that draws.
        seconds: of walking at most.
        caption: of each picture.

    Raises:
        InputError: the policy cannot act in the task ``walk``.
    """
    trial = SpeedsTrial([speed], 1, seconds)
    env = subject.begin("walk", trial)
    for number, step in enumerate(subject.act(env, trial)):
        if step.terminated[0]:
            return
        if number >= trial.go[0]:
            state = env.get_state()
            yield camera.draw(state["qpos"][0], activation=state["act"][0], caption=caption)


def play_motion(
    library: MotionLibrary, camera: BodyCamera, clip: int, pictures: int | None = None
) -> Iterator[Image]:
    """Draw a clip of a library: every picture of a video, or so many, evenly spread.

    Where the clip was recorded, the source's own joint centres walk ahead of it, as a stick
    figure of pelvis, knees, ankles and toes.
    """
    recorded = library.with_source_reference() if library.arrays.source_pos is not None else None
    duration = library.clips[clip].duration
    times = np.arange(0.0, duration + 1e-9, 1.0 / FRAME_RATE)
    if pictures is not None:
        times = np.linspace(0.0, duration, pictures)
    first = library.reference(clip, 0.0)["qpos"]
    ahead = _ahead(first)[:2] - first[:2]
    for time in times:
        qpos = library.reference(clip, time)["qpos"]
        sticks = None
        if recorded is not None:
            points = recorded.reference(clip, time)["tracked_pos"]
            points[:, :2] += ahead
            sticks = np.array([[points[a], points[b]] for a, b in STICKS])
        yield camera.draw(qpos, sticks=sticks)


def check_seconds(seconds: float) -> None:
    """Raise InputError unless this is a length that can be drawn."""
    if not 0.0 < seconds <= 600.0:
        raise InputError(f"seconds is {seconds:g}; it must be in (0, 600]")


def _picture(
    env: MuscleVectorEnv, camera: BodyCamera | ScenePage, clip: int, step: int, caption: str
) -> Image:
    """Draw an environment, and where its clip is at this control step."""
    state = env.get_state()
    reference = env.motions.reference(clip, step * env.control_timestep)["qpos"]
    return camera.draw(
        state["qpos"][0],
        ghost=_ahead(reference),
        activation=state["act"][0],
        caption=caption,
    )


def _ahead(qpos: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the posture moved ahead."""
    moved = qpos.copy()
    yaw = facing(qpos)
    moved[:2] += GHOST_AHEAD * np.array([np.cos(yaw), np.sin(yaw)])
    return moved
