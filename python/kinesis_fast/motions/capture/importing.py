"""Import many motion files at once: read, retarget, report, and lose none to another's fault."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np

from kinesis_fast.body import joint_names, quaternion_addresses
from kinesis_fast.errors import InputError
from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.balance import Balance, BalanceMeter
from kinesis_fast.motions.capture.recording import MAX_FRAME_RATE, MIN_FRAME_RATE, AnyRecording
from kinesis_fast.motions.capture.report import ClipReport, is_slope, make_report
from kinesis_fast.motions.capture.retarget import RetargetedMotion, Retargeter
from kinesis_fast.motions.clips import MAX_NAME, Clip, MotionArrays
from kinesis_fast.motions.library import MotionLibrary

LISTS = Path(__file__).parents[2] / "assets" / "splits"
"""Lists of clip names that come with the package."""
COMPANIONS = (".asf",)
"""Files that motion files are read with."""
FRAME_RATE = 30.0
"""Hz, of imported motions by default: the control rate."""


@dataclass(frozen=True)
class Refusal:
    """A file, or a clip of one, that was not imported."""

    path: str
    reason: str


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and how."""

    sources: Sequence[Path]
    """Files, and folders that are searched for files of known suffixes."""
    format: str = "auto"
    """A name in :data:`formats.FORMATS`, or ``auto``."""
    frame_rate: float = FRAME_RATE
    """Hz, of the library."""
    keys: Sequence[str] | None = None
    """Names of the clips to import; None: all."""
    splits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names of clips by split."""
    num_threads: int = 0
    """0: one per logical CPU."""
    strict: bool = False
    """Refuse clips whose figures are out of any person's range, which are marked otherwise."""


@dataclass(frozen=True)
class ImportResult:
    """The library, if any clip was imported, and what there is to say about it."""

    library: MotionLibrary | None
    clips: Sequence[ClipReport]
    refused: Sequence[Refusal]
    keys_not_found: Sequence[str]
    passed_over: Mapping[str, int]
    """How many files of the folders are of no motion format, by suffix."""
    seconds: float

    @property
    def frames_per_s(self) -> float:
        """Frames of the library a second of the whole import."""
        return sum(clip.frames for clip in self.clips) / max(1e-9, self.seconds)


@dataclass(frozen=True)
class _Job:
    path: Path
    source: str
    """The path as provenance tells it: from the folder that was named."""
    key: str
    """The name that lists of AMASS clips give it: ``0-<data set>_<subject>_<file>``."""


@dataclass(frozen=True)
class _Imported:
    order: tuple[int, int]
    name: str
    key: str
    source: str
    recording_rate: float
    attributes: Mapping[str, str | float]
    motion: RetargetedMotion
    balance: Balance


def import_motions(
    request: ImportRequest,
    options: formats.ReadOptions,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportResult:
    """Import files into a library of the options' model.

    Clips come in the order of their splits, then of their files. A file that cannot be read is
    reported and left out.

    Args:
        request: what to import.
        options: what the files do not tell.
        on_progress: called with files done and files in all.

    Raises:
        InputError: a source that does not exist, no file of a known format, a frame rate or
            format that cannot be used, or a model without legs.
    """
    began = time.monotonic()
    formats.check_name(request.format)
    if not MIN_FRAME_RATE <= request.frame_rate <= MAX_FRAME_RATE:
        raise InputError(
            f"fps is {request.frame_rate:g}; it must be in [{MIN_FRAME_RATE:g}, "
            f"{MAX_FRAME_RATE:g}] Hz"
        )
    retargeter = Retargeter(options.model)
    wanted = None if request.keys is None else {_plain_key(key) for key in request.keys}
    jobs = _find_files(request)
    several = (".pkl", ".joblib", ".npy")  # clips inside may be named; the file's name tells not
    if wanted is not None:
        jobs = [
            job
            for job in jobs
            if job.path.suffix.lower() in several
            or wanted & {_plain_key(job.path.stem), _plain_key(job.key)}
        ]
    worker = _Worker(request, options, retargeter, wanted, jobs)
    _run(worker.work, len(jobs), request.num_threads or os.cpu_count() or 1, on_progress)
    imported = sorted(worker.imported, key=lambda entry: entry.order)
    refused = sorted(worker.refused, key=lambda entry: entry.path)
    names = _names(imported, request)
    found_keys = {_plain_key(n) for entry in imported for n in (entry.name, entry.key)}
    asked = [
        *(request.keys or ()),
        *(name for names_ in request.splits.values() for name in names_),
    ]
    missing = [key for key in dict.fromkeys(asked) if _plain_key(key) not in found_keys]
    reports, library = _assemble(imported, names, request, retargeter)
    passed_over = _passed_over(request)
    return ImportResult(library, reports, refused, missing, passed_over, time.monotonic() - began)


class _Worker:
    """Imports files, by several threads at once, and keeps what came of them."""

    def __init__(
        self,
        request: ImportRequest,
        options: formats.ReadOptions,
        retargeter: Retargeter,
        wanted: set[str] | None,
        jobs: Sequence[_Job],
    ) -> None:
        self.request, self.options, self.retargeter = request, options, retargeter
        self.balance = BalanceMeter(options.model)
        self.wanted, self.jobs = wanted, jobs
        self.imported: list[_Imported] = []
        self.refused: list[Refusal] = []
        self._lock = threading.Lock()

    def work(self, number: int) -> None:
        """Import one file."""
        job = self.jobs[number]
        try:
            recordings = formats.read(job.path, self.request.format, self.options)
        except Exception as error:
            self._refuse(str(job.path), error)
            return
        for k, recording in enumerate(recordings):
            names = {recording.name} if len(recordings) > 1 else {recording.name, job.key}
            if self.wanted is not None and not self.wanted & {_plain_key(name) for name in names}:
                continue
            try:
                motion = self._retargeted(recording)
                balance = self.balance.measure(motion, self.request.frame_rate)
            except Exception as error:
                self._refuse(f"{job.path}: {recording.name}", error)
                continue
            single = len(recordings) == 1
            found = _describe(recording, motion, balance, job, (number, k), single=single)
            with self._lock:
                self.imported.append(found)

    def _retargeted(self, recording: AnyRecording) -> RetargetedMotion:
        motion = self.retargeter.retarget(recording, self.request.frame_rate)
        if self.request.strict:
            report = make_report(recording.name, motion, self.retargeter.tracked_bodies)
            if report.suspect:
                raise InputError(f"is suspect: {'; '.join(report.suspect)}")
        return motion

    def _refuse(self, path: str, error: Exception) -> None:
        # A fault of ours must not lose the other files either.
        reason = str(error) if isinstance(error, InputError) else f"{error!r}; please report this"
        with self._lock:
            self.refused.append(Refusal(path, reason))


def read_names(path: Path) -> list[str]:
    """Return the clip names of a list, one a line; blank lines and comments (#) are left out.

    Args:
        path: of the list, or the name of one that comes with the package: ``kit_v1_train`` and
            ``kit_v1_test``, ``kit_v2_...`` (KINESIS's splits of AMASS's KIT),
            ``open_locomotion_...``.

    Raises:
        InputError: no such file, or no name in it.
    """
    from kinesis_fast.motions.formats.text_file import read_lines

    packaged = LISTS / f"{path}.txt"
    listed = (
        packaged if not path.exists() and packaged.parent == LISTS and packaged.is_file() else path
    )
    try:
        lines = (line.split("#")[0].strip() for line in read_lines(listed))
    except InputError as error:
        raise InputError(f"list of names {str(path)!r} {error}") from error
    names = [line for line in lines if line]
    if not names:
        raise InputError(f"list of names {str(path)!r} names no clip")
    return names


def _run(
    work: Callable[[int], None], count: int, threads: int, on_progress: Callable[[int, int], None]
) -> None:
    """Call work for 0 ... count - 1 on several threads; the first unexpected error ends all."""
    on_progress(0, count)
    pool = ThreadPoolExecutor(threads)
    try:
        waiting: set[Future[None]] = {pool.submit(work, i) for i in range(count)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
            on_progress(count - len(waiting), count)
    finally:
        pool.shutdown(cancel_futures=True)


def _suffixes(request: ImportRequest) -> tuple[str, ...]:
    if request.format == "auto":
        return formats.SUFFIXES
    return tuple(formats.FORMATS[request.format].suffixes)


def _passed_over(request: ImportRequest) -> dict[str, int]:
    """Count what lies in the folders and is not imported, but for companions of what is."""
    known = (*_suffixes(request), *COMPANIONS)
    there = (path for source in request.sources if source.is_dir() for path in source.rglob("*"))
    others = (p.suffix.lower() for p in there if p.is_file() and p.suffix.lower() not in known)
    return dict(sorted(Counter(others).items()))


def _find_files(request: ImportRequest) -> list[_Job]:
    known = _suffixes(request)
    jobs: dict[Path, _Job] = {}
    for source in request.sources:
        if source.is_file():
            jobs.setdefault(source.resolve(), _Job(source, source.name, _key(source)))
        elif source.is_dir():
            for path in sorted(p for p in source.rglob("*") if p.suffix.lower() in known):
                if path.is_file():
                    relative = str(path.relative_to(source))
                    jobs.setdefault(path.resolve(), _Job(path, relative, _key(path)))
        else:
            raise InputError(f"motion source {str(source)!r} does not exist")
    if not jobs:
        raise InputError(
            f"no motion file in {', '.join(repr(str(s)) for s in request.sources)}; "
            f"known suffixes: {', '.join(known)}"
        )
    return list(jobs.values())


def _key(path: Path) -> str:
    parts = path.resolve().with_suffix("").parts[-3:]
    return "0-" + "_".join(parts)


def storable(name: str) -> str:
    """Return a name that a library can store: what is no printable UTF-8 is written as escapes.

    Names of files and of clips inside them are bytes or text of any kind.
    """
    try:
        text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # halves of characters, not bytes of a file's name
        text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return shown if len(shown) <= MAX_NAME else shown[: MAX_NAME - 3] + "..."


def _plain_key(name: str) -> str:
    """AMASS's newer files end in ``_stageii`` where the lists say ``_poses``."""
    return name[: -len("_stageii")] + "_poses" if name.endswith("_stageii") else name


def _describe(
    recording: AnyRecording,
    motion: RetargetedMotion,
    balance: Balance,
    job: _Job,
    order: tuple[int, int],
    *,
    single: bool,
) -> _Imported:
    return _Imported(
        order=order,
        name=storable(recording.name),
        key=_plain_key(storable(job.key if single else recording.name)),
        source=storable(job.source),
        recording_rate=recording.frame_rate,
        attributes=recording.attributes,
        motion=motion,
        balance=balance,
    )


def _names(imported: Sequence[_Imported], request: ImportRequest) -> list[str]:
    """Return names: a list's where one names the clip, else the file's, made distinct."""
    listed = {*(request.keys or ()), *(n for names in request.splits.values() for n in names)}
    names = [entry.key if entry.key in listed else entry.name for entry in imported]
    count = Counter(names)
    taken: set[str] = set()
    for i, entry in enumerate(imported):
        name = names[i]
        if count[name] > 1:
            name = Path(entry.source).with_suffix("").as_posix()
            name = name if name.endswith(entry.name) else f"{name}/{entry.name}"
        base, number = name, 2
        while name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        names[i] = name
    return names


def _assemble(
    imported: Sequence[_Imported],
    names: Sequence[str],
    request: ImportRequest,
    retargeter: Retargeter,
) -> tuple[list[ClipReport], MotionLibrary | None]:
    if not imported:
        return [], None
    members = {
        _plain_key(name): split for split, listed in request.splits.items() for name in listed
    }
    ranks = {split: i for i, split in enumerate(request.splits)}
    # No list has a slope made flat: it is no motion for level ground.
    split_of = [
        "" if is_slope(entry.motion) else members.get(_plain_key(name), members.get(entry.key, ""))
        for name, entry in zip(names, imported, strict=True)
    ]
    order = sorted(range(len(imported)), key=lambda i: (ranks.get(split_of[i], len(ranks)), i))
    reports, clips, parts = [], [], []
    for i in order:
        entry = imported[i]
        report = make_report(names[i], entry.motion, retargeter.tracked_bodies, entry.balance)
        attributes = {
            "source": entry.source,
            **entry.attributes,
            "source_frame_rate": entry.recording_rate,
            "mean_error_mm": round(report.mean_error_mm, 3),
        }
        if report.suspect:
            attributes["suspect"] = "; ".join(report.suspect)
        if report.stance_slide_m_s is not None:
            attributes["stance_slide_m_s"] = round(report.stance_slide_m_s, 4)
        reports.append(report)
        clips.append(Clip(names[i], report.frames, request.frame_rate, split_of[i], attributes))
        parts.append(entry.motion)
    arrays = MotionArrays(
        **{
            name: np.ascontiguousarray(
                np.concatenate([getattr(part, name) for part in parts], dtype=np.float32)
            )
            for name in ("qpos", "qvel", "tracked_pos", "tracked_vel", "source_pos")
        }
    )
    model: mujoco.MjModel = retargeter.model
    return reports, MotionLibrary(
        clips, arrays, joint_names(model), retargeter.tracked_bodies, quaternion_addresses(model)
    )
