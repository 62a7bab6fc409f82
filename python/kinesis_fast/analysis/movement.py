"""Recordings of policies, and of muscle priors beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.analysis.recording import BodyRecording, RecordingInfo, write_recording
from kinesis_fast.body.legs import SIDES
from kinesis_fast.body.tendons import tendons_stretch
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import Subject, load_agent
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.motions import Clip, MotionLibrary
from kinesis_fast.motions.looping import recording_clock, spread_starts
from kinesis_fast.tasks.conditions import told
from kinesis_fast.tasks.walk_trials import SpeedsTrial

Array = npt.NDArray[np.float64]

STATE = ("qpos", "qvel", "ctrl", "act")
"""What is recorded of a policy, beside what the ground exerts on its feet."""
FOOT_PARTS = ("calcn", "toes")
"""Bodies that a foot touches the ground with, without their side."""
MUSCLES = ("actuator_length", "actuator_velocity", "actuator_force")
FIBRES = ("unstretched_length", "unstretched_velocity")
DERIVED = ("xpos", "subtree_com", *MUSCLES, *FIBRES)
"""What :func:`with_derived` works out."""
SETTLE = 1.0
"""s of every trial that are left out, while the policy recovers from its start."""
WALK_SETTLE = 4.0
"""s of walking from standing that are."""


def record_policy(
    subject: Subject,
    name: str,
    clip: int,
    path: Path,
    *,
    starts: int = 8,
    seconds: float = 10.0,
    untrained: Sequence[str] = (),
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
        untrained: what of the body's condition the policy was not trained with, in words.

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
    begin = spread_starts(made, starts, seconds)
    steps = round(seconds / env.control_timestep)
    rows = MovementRows(env, begin, steps, made)
    info = _info_of(subject.checkpoint, env, rows, name, made.name, untrained)
    lost = 0
    with write_recording(path, info, starts, rows.sizes) as writer:
        chosen = {"clip": 0, "start_time": begin}
        for number, step in enumerate(run_episodes(env, agent, chosen, steps=steps)):
            lost += int(np.sum(step.running & step.terminated))
            if number * env.control_timestep >= SETTLE:
                writer.append(rows.of_step(number), step.running & ~step.terminated)
    env.stop_recording()
    return lost


def record_walk(
    subject: TrialSubject,
    name: str,
    speed: float,
    path: Path,
    *,
    starts: int = 8,
    seconds: float = 10.0,
    untrained: Sequence[str] = (),
) -> int:
    """Record a policy that is told, from standing, to walk straight ahead at a speed.

    A trial a body, each nudged another way while it stands
    (:class:`~kinesis_fast.tasks.walk_trials.SpeedsTrial`); what comes before the last one has
    walked for :data:`WALK_SETTLE` is left out, and what comes after a fall.

    Args:
        subject: the policy.
        name: of it.
        speed: that is asked for, m/s.
        path: of the file to write.
        starts: bodies.
        seconds: of walking that are recorded of each.
        untrained: what of the body's condition the policy was not trained with, in words.

    Returns:
        How many bodies fell.

    Raises:
        InputError: the policy cannot act in the task ``walk``, or the file cannot be written.
    """
    trial = SpeedsTrial([speed], starts, WALK_SETTLE + seconds)
    env = subject.begin("walk", trial)
    before = trial.seconds - seconds
    rows = MovementRows(env, np.zeros(starts), round(trial.seconds / env.control_timestep))
    clip = f"walk at {speed:g} m/s"
    info = _info_of(subject.checkpoint, env, rows, name, clip, untrained)
    fell = 0
    with write_recording(path, info, starts, rows.sizes) as writer:
        for number, step in enumerate(subject.act(env, trial)):
            fell += int(np.sum(step.running & step.terminated))
            if number * env.control_timestep >= before:
                writer.append(rows.of_step(number), step.running & ~step.terminated)
    env.stop_recording()
    return fell


def _info_of(
    point: Checkpoint,
    env: MuscleVectorEnv,
    rows: MovementRows,
    name: str,
    clip: str,
    untrained: Sequence[str],
) -> RecordingInfo:
    about = point.config.env
    info = RecordingInfo.of(
        env.model, subject=name, clip=clip, rate=1.0 / rows.timestep, name=about.model
    )
    return replace(info, condition=told(about.conditions), untrained=untrained)


class MovementRows:
    """Rows of a recording, as environments step: of the state after each physics step.

    ``foot_force`` is of the step that led there. ``capacity`` is kept of muscles that are weak or
    tire.
    """

    def __init__(
        self, env: MuscleVectorEnv, begin: Array, steps: int, clip: Clip | None = None
    ) -> None:
        """Record from now on.

        Args:
            env: that steps.
            begin: (num_envs,), where in the clip, s.
            steps: control steps at most.
            clip: that all follow; None: none.
        """
        self._values = env.record([*STATE, "ground_force"]).last()
        count, self._substeps = self._values["qpos"].shape[:2]
        self.timestep = env.control_timestep / self._substeps
        """s."""
        time = self.timestep * np.arange(1, steps * self._substeps + 1)
        clock = begin[:, None] + time
        self._clock = clock if clip is None else recording_clock(clip, clock)
        self._time = np.broadcast_to(time, self._clock.shape)
        ground = self._values["ground_force"].reshape(count, self._substeps, -1, 3)
        self._parts = [
            [ground[:, :, env.model.body(f"{part}_{side}").id] for part in FOOT_PARTS]
            for side in SIDES
        ]
        self._foot_force = np.zeros((count, self._substeps, 3 * len(SIDES)))
        self._strength, self._fatigue = env.kept("strength"), env.kept("fatigue")
        self._weak = bool(
            np.any(self._strength < 1.0)
            or np.any(self._fatigue)
            or np.any(env.kept("fatigue_speed"))
        )

    @property
    def sizes(self) -> dict[str, int]:
        """Numbers a row, by field."""
        return {
            "time": 1,
            "recording_time": 1,
            "foot_force": self._foot_force.shape[2],
            **({"capacity": self._strength.shape[1]} if self._weak else {}),
            **{name: self._values[name].shape[2] for name in STATE},
        }

    def of_step(self, number: int) -> dict[str, Array]:
        """Return the rows of the control step just taken, the episodes' ``number``th, from 0.

        Each field is (num_envs, substeps, size); times have no last axis.
        """
        part = slice(number * self._substeps, (number + 1) * self._substeps)
        for side, (heel, toes) in enumerate(self._parts):
            np.add(heel, toes, out=self._foot_force[:, :, 3 * side : 3 * side + 3])
        capacity = (self._strength * (1.0 - self._fatigue))[:, None]
        shape = (len(capacity), self._substeps, capacity.shape[2])
        return {
            "time": self._time[:, part],
            "recording_time": self._clock[:, part],
            "foot_force": self._foot_force,
            **({"capacity": np.broadcast_to(capacity, shape)} if self._weak else {}),
            **{name: self._values[name] for name in STATE},
        }


def prior_recording(model: mujoco.MjModel, library: MotionLibrary, clip: int) -> BodyRecording:
    """Return the muscle prior of a clip as a recording of one trial, at the clip's frames.

    Its activations and excitations are the prior's, and so is what the ground does to the feet,
    ``estimated_foot_force``.

    Args:
        model: that the motions are for.
        library: with a prior.
        clip: its number.

    Raises:
        InputError: the library has no prior.
    """
    made = library.clips[clip]
    time = np.arange(made.frames) / made.frame_rate
    prior, motion = library.prior_at(clip, time), library.reference(clip, time)
    info = RecordingInfo.of(model, subject="prior", clip=made.name, rate=made.frame_rate, name="")
    trial: dict[str, Array] = {"qpos": motion["qpos"], "qvel": motion["qvel"]}
    trial |= {"act": prior["activation"], "ctrl": prior["excitation"]}
    trial["estimated_foot_force"] = prior["ground_force"].reshape(len(time), -1)
    trial |= {"time": time, "recording_time": recording_clock(made, time)}
    return BodyRecording(info, [trial])


def with_derived(model: mujoco.MjModel, recording: BodyRecording) -> BodyRecording:
    """Return a recording with what follows from its states in ``model``, :data:`DERIVED`.

    Where the bodies are, and the centres of mass of what hangs on each, (T, 3 times the bodies), m,
    and what muscles do: length of muscle and
    tendon, m, its rate, m/s, force, N, negative as muscles pull, and the length less what the
    tendon is stretched by, and its rate; each (T, muscles). The stretch of tendons that
    do is found anew at the first row. What is there already stays.
    """
    trials: list[Mapping[str, Array]] = [
        _derived(model, trial) | dict(trial) for trial in recording.trials
    ]
    return replace(recording, trials=trials)


def _derived(model: mujoco.MjModel, trial: Mapping[str, Array]) -> dict[str, Array]:
    missing = [name for name in DERIVED if name not in trial]
    data = mujoco.MjData(model)
    count = len(trial["time"]) if missing else 0
    worked_out = ("xpos", "subtree_com", *MUSCLES) if missing else ()
    found = {name: np.zeros((count, getattr(data, name).size)) for name in worked_out}
    for row in range(count):
        for name in ("qpos", "qvel", "act"):
            getattr(data, name)[:] = trial[name][row]
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        mujoco.mj_fwdActuation(model, data)
        for name, values in found.items():
            values[row] = getattr(data, name).ravel()
    if missing:
        found |= _fibres(model, trial, found)
    if "capacity" in trial:
        found["drive"] = drive(trial["act"], trial["capacity"])
    return found


def drive(activation: Array, capacity: Array) -> Array:
    """Return neural drive: activation over what a weak or tired muscle can make, at most 1.

    0 where it can make nothing, since nothing then tells how it is driven.

    Args:
        activation: share of a healthy muscle's force, (..., muscles).
        capacity: the share that it can make, (..., muscles).
    """
    found = np.zeros_like(activation)
    np.divide(activation, capacity, out=found, where=capacity > 0.0)
    return np.minimum(found, 1.0)


def _fibres(
    model: mujoco.MjModel, trial: Mapping[str, Array], found: Mapping[str, Array]
) -> dict[str, Array]:
    """Return what tendons that stretch change."""
    length, velocity = (found[name] for name in MUSCLES[:2])
    if not tendons_stretch(model):
        return dict(zip(FIBRES, (length, velocity), strict=True))
    time = np.asarray(trial["time"], np.float64)
    timestep = float(np.median(np.diff(time))) if len(time) > 1 else float(model.opt.timestep)
    act = np.ascontiguousarray(trial["act"], np.float64)
    unstretched, force = _engine.pull_muscles(model._address, length, velocity, act, timestep)
    change = np.diff(unstretched, axis=0, prepend=unstretched[:1]) / timestep
    return {
        "actuator_force": force,
        "unstretched_length": unstretched,
        "unstretched_velocity": change,
    }
