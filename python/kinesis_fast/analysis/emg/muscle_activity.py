"""Muscle activity of policies and of muscle priors, on the clock of the recording they follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import Subject, load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.looping import check_as_recorded, recording_clock, spread_starts

Array = npt.NDArray[np.float64]

SETTLE = 1.0
"""s of every episode that are left out, while the policy recovers from its start."""


@dataclass(frozen=True)
class MuscleActivity:
    """Activations of one body, or of several that follow the same clip."""

    times: Array
    """s on the recording's clock, (N,), not in order where a cycle repeats."""
    activation: Array
    """Activations of the muscles, (N, muscles), 0 to 1."""
    muscles: list[str]
    seconds: float
    """Of movement that this is made of."""
    lost: int = 0
    """Episodes that were lost before their end."""


def of_prior(library: MotionLibrary, clip: int, muscles: list[str]) -> MuscleActivity:
    """Return the muscle prior's activations of a clip.

    Raises:
        InputError: the library has no prior, or the clip is not as it was recorded.
    """
    made = library.clips[clip]
    check_as_recorded(made)
    time = np.arange(made.frames) / made.frame_rate
    activation = library.prior_at(clip, time)["activation"]
    return MuscleActivity(recording_clock(made, time), activation, muscles, made.duration)


def of_policy(
    subject: Subject, clip: int, *, starts: int = 16, seconds: float = 10.0
) -> MuscleActivity:
    """Return the activations of a policy that follows a clip from evenly spread starts.

    By the mean action; each episode's first second is left out, and what comes after a loss
    (mean distance over 0.5 m).

    Raises:
        InputError: the clip is too short, or not as it was recorded, or every episode was lost
            within the first second.
    """
    library = subject.library()
    library = library.subset([library.clips[clip].name])
    made = library.clips[0]
    check_as_recorded(made)
    if not seconds > SETTLE:
        raise InputError(f"seconds is {seconds:g}; the first {SETTLE:g} s are left out, give more")
    seconds = min(seconds, made.duration)
    if seconds <= SETTLE:
        raise InputError(
            f"clip {made.name!r} lasts {made.duration:.2f} s; more than {SETTLE:g} s are needed, "
            "loop it: kinesis-fast motions loop"
        )
    env = subject.protocol_env(library, num_envs=starts)
    agent = load_agent(subject.checkpoint, env)
    begin = spread_starts(made, starts, seconds)
    times, activations = [], []
    lost = 0
    steps = round(seconds / env.control_timestep)
    chosen = {"clip": 0, "start_time": begin}
    for number, step in enumerate(run_episodes(env, agent, chosen, steps=steps), 1):
        lost += int(np.sum(step.running & step.terminated))
        elapsed = number * env.control_timestep
        if elapsed > SETTLE:
            running = step.running & ~step.ended
            times.append(begin[running] + elapsed)
            activations.append(env.muscle_activations()[running])
    if not sum(len(t) for t in times):
        raise InputError(f"the policy loses clip {made.name!r} within {SETTLE:g} s of every start")
    at = np.concatenate(times)
    return MuscleActivity(
        times=recording_clock(made, at),
        activation=np.concatenate(activations),
        muscles=[env.model.actuator(i).name for i in range(env.model.nu)],
        seconds=len(at) * env.control_timestep,
        lost=lost,
    )
