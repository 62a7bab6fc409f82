"""Recordings of policies, and of muscle priors beside them."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.recording import Recording, RecordingInfo, write_recording
from kinesis_fast.errors import InputError
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluate import Subject, load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.looping import recording_clock, spread_starts

Array = npt.NDArray[np.float64]

FIELDS = (
    "qpos",
    "qvel",
    "ctrl",
    "act",
    "actuator_length",
    "actuator_velocity",
    "actuator_force",
    "xpos",
    "ground_force",
)
"""What is recorded of a policy."""
SETTLE = 1.0
"""s of every trial that are left out, while the policy recovers from its start."""


def record_policy(
    subject: Subject, name: str, clip: int, path: Path, *, starts: int = 8, seconds: float = 10.0
) -> int:
    """Record a policy that follows a clip from evenly spread starts, by the mean action.

    A trial a start; its first second is left out, and what comes after a loss (mean distance over
    0.5 m).

    Args:
        subject: the policy, and its motions.
        name: of the policy.
        clip: of the subject's library.
        path: of the file to write.
        starts: trials.
        seconds: of each, at most the clip's.

    Returns:
        How many trials were lost before their end.

    Raises:
        InputError: the clip is too short, or the file cannot be written.
    """
    library = subject.library()
    library = library.subset([library.clips[clip].name])
    made = library.clips[0]
    seconds = min(seconds, made.duration)
    if seconds <= 2 * SETTLE:
        raise InputError(
            f"clip {made.name!r} lasts {made.duration:.2f} s; more than {2 * SETTLE:g} s are "
            "needed, loop it: kinesis-fast motions loop"
        )
    env = subject.protocol_env(library, num_envs=starts)
    agent = load_agent(subject.checkpoint, env)
    recorder = env.record(FIELDS)
    begin = spread_starts(made, starts, seconds)
    substeps = next(iter(recorder.last().values())).shape[1]
    timestep = env.control_timestep / substeps
    info = RecordingInfo.of(
        env.model,
        subject=name,
        clip=made.name,
        rate=1.0 / timestep,
        name=subject.checkpoint.config.env.model,
    )
    sizes = {field: values.shape[2] for field, values in recorder.last().items()}
    lost = 0
    with write_recording(path, info, starts, {"time": 1, "recording_time": 1, **sizes}) as writer:
        steps = round(seconds / env.control_timestep)
        chosen = {"clip": 0, "start_time": begin}
        for number, step in enumerate(run_episodes(env, agent, chosen, steps=steps)):
            lost += int(np.sum(step.running & step.terminated))
            if number * env.control_timestep < SETTLE:
                continue
            # What derives from positions belongs to the state before each physics step.
            time = number * env.control_timestep + timestep * np.arange(substeps)
            clock = recording_clock(made, begin[:, None] + time)
            rows = {"time": np.broadcast_to(time, clock.shape), "recording_time": clock}
            writer.append(rows | recorder.last(), step.running & ~step.terminated)
    env.stop_recording()
    return lost


def prior_recording(model: mujoco.MjModel, library: MotionLibrary, clip: int) -> Recording:
    """Return the muscle prior of a clip as a recording of one trial, at the clip's frames.

    Its activations and excitations are the prior's; lengths, velocities and forces follow from
    them and the motion by MuJoCo. The ground's forces are not known.

    Raises:
        InputError: the library has no prior.
    """
    made = library.clips[clip]
    time = np.arange(made.frames) / made.frame_rate
    prior, motion = library.prior_at(clip, time), library.reference(clip, time)
    data = mujoco.MjData(model)
    rows: dict[str, list[Array]] = {
        name: [] for name in ("actuator_length", "actuator_velocity", "actuator_force")
    }
    rows["xpos"] = []
    for q, v, a in zip(motion["qpos"], motion["qvel"], prior["activation"], strict=True):
        data.qpos[:], data.qvel[:], data.act[:] = q, v, a
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        mujoco.mj_fwdActuation(model, data)
        for name, values in rows.items():
            values.append(np.array(getattr(data, name)).ravel())
    info = RecordingInfo.of(model, subject="prior", clip=made.name, rate=made.frame_rate, name="")
    trial = {name: np.array(values) for name, values in rows.items()}
    trial |= {"qpos": motion["qpos"], "qvel": motion["qvel"]}
    trial |= {"act": prior["activation"], "ctrl": prior["excitation"]}
    trial |= {"time": time, "recording_time": recording_clock(made, time)}
    return Recording(info, [trial])
