"""A report from what a user names: bodies are recorded, people read, findings worked out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mujoco

from kinesis_fast.analysis.components import performance_by_components
from kinesis_fast.analysis.emg.cycle_agreement import human_baseline
from kinesis_fast.analysis.emg.normal_activity import read_normal_activity
from kinesis_fast.analysis.emg.subject import EmgMap, read_people, read_subject
from kinesis_fast.analysis.movement import (
    prior_recording,
    record_policy,
    record_walk,
    with_derived,
)
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.analysis.report import write_report
from kinesis_fast.analysis.report.findings import find
from kinesis_fast.body import load_model
from kinesis_fast.errors import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.evaluation.clips import Subject
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.motions import Clip, MotionLibrary, load_motions
from kinesis_fast.motions.looping import check_as_recorded
from kinesis_fast.motions.prior.default import with_prior

RECORDING = "recording.h5"
PRIOR = "prior"
RECORDINGS = (".h5", ".hdf5")


@dataclass(frozen=True)
class ReportRequest:
    """What to report of."""

    subject: str
    """A checkpoint, ``prior``, or the path of a recording."""
    out: Path
    model: str | None = None
    """The body; None: the policy's, or MyoLegs."""
    motions: str | None = None
    clip: str | None = None
    speed: float | None = None
    """m/s at which a policy is told to walk; None: it follows a clip."""
    emg: Path | None = None
    emg_map: Path | None = None
    humans: Path | None = None
    normal: Path | None = None
    """When muscles are usually active; see
    :func:`~kinesis_fast.analysis.emg.normal_activity.read_normal_activity`."""
    beside: Sequence[Path] = ()
    """Recordings that earlier reports made, of other clips, speeds or policies."""
    starts: int = 8
    seconds: float = 10.0
    redundancy: bool = True
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """Settings of ``env.conditions`` over those of the policy's training."""
    on_stage: Callable[[str], None] = lambda stage: None
    """Told what is begun: where a report's time goes."""
    on_clip: Callable[[Sequence[Clip], int], None] = lambda clips, number: None
    """Told the clips that there are, and which of them is taken."""

    def check(self) -> None:
        """Raise InputError for what does not go together, or is not installed."""
        missing = [name for name in ("matplotlib", "sklearn") if find_spec(name) is None]
        if missing:
            raise InputError(
                f"a report needs {' and '.join(missing)}: pip install 'kinesis_fast[report]'"
            )
        if (self.emg is None) != (self.emg_map is None):
            raise InputError("EMG needs a map of what is in it: give --emg and --map together")
        if not 1 <= self.starts <= 10_000 or not 2.0 < self.seconds <= 3600.0:
            raise InputError(
                f"{self.starts} starts of {self.seconds:g} s; give 1 to 10000 of 2 to 3600 s"
            )
        if self.speed is not None:
            self._check_speed(self.speed)
        if self.subject == PRIOR and self.motions is None:
            raise InputError("prior is that of a motion: name its library by --motions")
        if self.conditions and (self.subject == PRIOR or self.subject.endswith(RECORDINGS)):
            raise InputError(
                f"{self.subject} was made in the condition that it has; weakness, fatigue and "
                "loads are for policies"
            )

    def _check_speed(self, speed: float) -> None:
        if not 0.05 <= speed <= 3.0:
            raise InputError(f"speed is {speed:g} m/s; it must be in [0.05, 3] m/s")
        if self.subject == PRIOR or self.subject.endswith(RECORDINGS):
            raise InputError(f"{self.subject} is not told how fast to walk; a policy is")
        given = {"motions": self.motions, "clip": self.clip}
        other = [name for name, value in given.items() if value is not None]
        if other:
            raise InputError(
                f"a policy that walks at {speed:g} m/s follows no clip: leave out "
                f"{' and '.join(f'--{name}' for name in other)}"
            )


def make_report(request: ReportRequest) -> tuple[dict[str, Any], int]:
    """Write a report; see :func:`~kinesis_fast.analysis.report.write_report`.

    Beside a policy its clip's muscle prior is reported, so that one sees what learning added.

    Returns:
        All figures, and how many trials were lost before their end.

    Raises:
        InputError: something cannot be read, does not walk, or the folder cannot be written.
    """
    request.check()
    person, strikes = None, list[float]()
    if request.emg is not None and request.emg_map is not None:
        about = EmgMap.load(request.emg_map)
        person = read_subject(request.emg, about)
        strikes = about.strikes if about.same_trial else []
    humans = None if request.humans is None else human_baseline(read_people(request.humans))
    normal = {} if request.normal is None else read_normal_activity(request.normal)
    try:
        request.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {str(request.out)!r}: {error}") from error
    recordings, lost, subject = _recordings(request)
    recordings = _told_apart([*recordings, *(BodyRecording.load(path) for path in request.beside)])
    bodies = []
    for number, (model, recording) in enumerate(map(_with_model, recordings)):
        request.on_stage(f"Analysing {recording.info.subject}")
        redundancy = request.redundancy and number == 0
        bodies.append(find(model, recording, person, strikes=strikes, with_redundancy=redundancy))
    if subject is not None and request.redundancy:
        request.on_stage("Trying components of control")
        limited = performance_by_components(
            subject.policy, subject.clip, starts=request.starts, seconds=request.seconds
        )
        bodies[0] = replace(bodies[0], limited=limited)
    request.on_stage("Drawing and writing")
    return write_report(request.out, bodies, person, humans, normal), lost


@dataclass(frozen=True)
class _Followed:
    """A policy, and the clip that it follows."""

    policy: Subject
    clip: int


def _recordings(
    request: ReportRequest,
) -> tuple[list[BodyRecording], int, _Followed | None]:
    if request.subject.endswith(RECORDINGS):
        return [BodyRecording.load(Path(request.subject))], 0, None
    if request.subject == PRIOR:
        body = request.model or "myolegs"
        model = load_model(body)
        assert request.motions is not None
        library = load_motions(request.motions, model)
        clip = _clip(request, library)
        return [_prior(model, library, clip, body)], 0, None
    point = checkpoints.on_body(checkpoints.load(Path(request.subject)), request.model)
    untrained = checkpoints.under(point, request.conditions)
    path, name = request.out / RECORDING, Path(request.subject).stem
    asked: dict[str, Any] = {
        "starts": request.starts,
        "seconds": request.seconds,
        "untrained": untrained,
    }
    if request.speed is not None:
        fell = record_walk(TrialSubject(point), name, request.speed, path, **asked)
        return [BodyRecording.load(path)], fell, None
    subject = Subject(point, request.motions, split="all")
    model, library = subject.prepared()
    clip = _clip(request, library)
    lost = record_policy(subject, name, clip, path, **asked)
    body = subject.checkpoint.config.env.model
    bodies = [BodyRecording.load(path), _prior(model, library, clip, body)]
    return bodies, lost, _Followed(subject, clip)


def _clip(request: ReportRequest, library: MotionLibrary) -> int:
    """Return the number of the clip that is meant, which EMG can be compared with."""
    clip = library.choose(request.clip)
    if request.emg is not None:
        check_as_recorded(library.clips[clip])
    request.on_clip(library.clips, clip)
    return clip


def _with_model(recording: BodyRecording) -> tuple[mujoco.MjModel, BodyRecording]:
    """Return a recording's model, and the recording with all that follows from the movement."""
    model = load_model(recording.info.model or "myolegs")
    return model, with_derived(model, recording)


def _told_apart(recordings: list[BodyRecording]) -> list[BodyRecording]:
    """Return recordings whose subjects' names differ: by condition, clip, or else by numbers."""
    several = len({recording.info.condition for recording in recordings}) > 1
    made: list[BodyRecording] = []
    for recording in recordings:
        condition = [recording.info.condition or "healthy"] if several else []
        info, taken = recording.info, [other.info.subject for other in made]
        names = itertools.chain(
            [info.subject, *(f"{info.subject}, {what}" for what in (*condition, info.clip))],
            (f"{info.subject}, {info.clip} ({k})" for k in itertools.count(2)),
        )
        name = next(name for name in names if name not in taken)
        made.append(replace(recording, info=replace(info, subject=name)))
    return made


def _prior(model: mujoco.MjModel, library: MotionLibrary, clip: int, name: str) -> BodyRecording:
    one = library.subset([library.clips[clip].name])
    made = prior_recording(model, with_prior(one, model), 0)
    return replace(made, info=replace(made.info, model=name))
