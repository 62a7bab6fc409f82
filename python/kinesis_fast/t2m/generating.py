"""From sentences to a motion library: what ``kinesis_fast.t2m.generate`` does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import load_model
from kinesis_fast.body.legs import default_tracked_bodies
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.motions.clips import MAX_NAME, Clip
from kinesis_fast.motions.gait.timeline import FRAME_RATE
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.motions.merging import merge
from kinesis_fast.motions.sources import load_motions
from kinesis_fast.t2m.driving import LONGEST
from kinesis_fast.t2m.grammar import parse
from kinesis_fast.t2m.making import follow, make
from kinesis_fast.t2m.matching import FRAME_RATE as MATCHED_RATE
from kinesis_fast.t2m.matching import Matcher
from kinesis_fast.t2m.pacing import Variation
from kinesis_fast.t2m.plan import Plan, check_numbers, read_plan

Motion = tuple[npt.NDArray[np.float64], float, tuple[float, ...]]
"""Joint positions (T, nq), frames a second, and when actions end, s."""

Job = tuple[Plan, int, float | None]
"""A plan, the seed of what it leaves open, and about how long it is to last, s."""

BACKENDS = ("plan", "mdm", "file")
LONGEST_TEXT = 2000
"""Characters that a sentence may have."""
NOTATION = "plan:"
"""What begins a text that is a plan's notation, not a sentence."""
DIFFUSED_SECONDS = 6.0
"""Of the Motion Diffusion Model's motions, where nothing is said."""
AT_ONCE = 16
"""Sentences that one process works on at a time."""


def generate(
    texts: str | Sequence[str],
    *,
    backend: str = "plan",
    seed: int = 0,
    draws: int = 1,
    seconds: float | None = None,
    motions: str | Path | MotionLibrary | None = None,
    partial: bool = False,
    mdm_dir: str | Path | None = None,
    clip: str | Path | None = None,
    bert: str | Path | None = None,
    model: str | mujoco.MjModel = "myolegs",
    workers: int | None = None,
) -> MotionLibrary:
    """Return motions that do what sentences say.

    Args:
        texts: a sentence in English about locomotion, or several; or a plan in its notation after
            "plan:", as ``plan: walk 3 m; turn left 90``.
        backend: ``plan`` understands sentences by a grammar and needs nothing else; ``mdm`` draws
            motions from the Motion Diffusion Model's published weights; ``file`` reads motion
            files, whose paths the texts are.
        seed: of what a sentence leaves open (how far, how fast, to which side); 0: what is usual.
        draws: motions a sentence, of seeds that follow on ``seed``.
        seconds: about how long each is to last, by what the sentence leaves open; None: as usual.
        motions: join clips of this library instead of generating gait: a name or path as in
            :func:`~kinesis_fast.motions.load_motions`.
        partial: do what can be done of a sentence that asks for more.
        mdm_dir: of ``mdm``: the folder of its checkpoint; see :mod:`kinesis_fast.t2m.mdm`.
        clip: of ``mdm``: CLIP ViT-B/32, a file or a folder.
        bert: of ``mdm``: DistilBERT, a folder, for checkpoints whose text is read by it.
        model: whose motions they are.
        workers: processes; None: as many as there are processors where that saves time.

    Returns:
        A clip a draw, of 120 s at most, named by its sentence, with the attributes ``text``,
        ``plan``, ``left_out`` and ``action_ends_s``. Without a muscle prior: policies that need one
        have it estimated.

    Raises:
        InputError: a sentence says nothing that legs could do, or asks for what cannot be done;
            names the part, and the nearest that can be done.
    """
    sentences = [texts] if isinstance(texts, str) else list(texts)
    if not sentences:
        raise InputError("no sentence is given")
    of_plan, of_mdm = (motions is not None or partial), bool(mdm_dir or clip or bert)
    _check_request(backend, draws, seed, seconds, of_plan=of_plan, of_mdm=of_mdm)
    body = load_model(model) if isinstance(model, str) else model
    if backend == "mdm":
        return _diffused(body, sentences, draws, seed, seconds, mdm_dir, clip, bert)
    if backend == "file":
        return merge({path: load_motions(path, body) for path in sentences})
    plans = [plan_of(text, partial=partial, made=motions is None) for text in sentences]
    jobs = [(plan, seed + draw, seconds) for plan in plans for draw in range(draws)]
    made = _made(model, jobs, workers) if motions is None else _matched(body, motions, jobs)
    return _library(body, sentences, draws, jobs, made)


def _check_request(
    backend: str, draws: int, seed: int, seconds: float | None, *, of_plan: bool, of_mdm: bool
) -> None:
    """Raise InputError for the first that is unknown, out of range or of another backend."""
    check_names((("backend", backend, BACKENDS),))
    check_ranges((("draws", draws, 1, 100_000), ("seed", seed, 0, 2**62)))
    if seconds is not None:
        check_ranges((("seconds", seconds, 1.0, 100.0),))
    if of_plan and backend != "plan":
        raise InputError(
            f"motions and partial are of backend 'plan'; leave them out of {backend!r}"
        )
    if of_mdm and backend != "mdm":
        raise InputError(
            f"mdm_dir, clip and bert are of backend 'mdm'; leave them out of {backend!r}"
        )
    if backend == "file" and (draws != 1 or seconds is not None):
        raise InputError("backend 'file' reads motions as they are: leave out draws and seconds")


def _library(
    body: mujoco.MjModel,
    sentences: Sequence[str],
    draws: int,
    jobs: Sequence[Job],
    made: Sequence[Motion],
) -> MotionLibrary:
    """Return motions as clips that tell what was said."""
    names = _names(sentences, draws)
    clips = []
    for name, (plan, _, _), (qpos, rate, ends), text in zip(
        names, jobs, made, (text for text in sentences for _ in range(draws)), strict=True
    ):
        left_out = plan.left_out + plan.refused
        if len(ends) < len(plan.actions):
            left_out += (f"what comes after {LONGEST:.0f} s",)
        attributes: dict[str, str | float] = {
            "source": "kinesis_fast t2m, backend plan",
            "text": text,
            "plan": str(plan),
            "left_out": "; ".join(left_out),
            "dropped": "; ".join(plan.dropped),
            "action_ends_s": " ".join(f"{end:.2f}" for end in ends),
        }
        clips.append((Clip(name, len(qpos), rate, "", attributes), qpos))
    return MotionLibrary.from_qpos(body, clips, default_tracked_bodies(body))


def _diffused(
    model: mujoco.MjModel,
    sentences: Sequence[str],
    draws: int,
    seed: int,
    seconds: float | None,
    folder: str | Path | None,
    clip: str | Path | None,
    bert: str | Path | None,
) -> MotionLibrary:
    from kinesis_fast.t2m.mdm.backend import FETCH, MotionDiffusion

    if folder is None:
        raise InputError(
            "backend 'mdm' needs mdm_dir (--mdm-dir), and clip (--clip) or bert (--bert): "
            f"{FETCH}; and CLIP ViT-B/32 or DistilBERT"
        )
    texts = [text for text in sentences for _ in range(draws)]
    clip, bert = (None if path is None else Path(path) for path in (clip, bert))
    found = MotionDiffusion(Path(folder), clip, bert).generate(
        texts, model, seconds=seconds or DIFFUSED_SECONDS, seed=seed
    )
    names = _names(sentences, draws)
    clips = [
        replace(
            one,
            name=name,
            attributes={**one.attributes, "source": "Motion Diffusion Model", "text": text},
        )
        for one, name, text in zip(found.clips, names, texts, strict=True)
    ]
    return MotionLibrary(
        clips,
        found.arrays,
        found.joint_names,
        found.tracked_bodies,
        found.quaternion_addresses,
    )


def plan_of(text: str, *, partial: bool = False, made: bool = True) -> Plan:
    """Return a sentence's plan, or that of a notation after "plan:".

    Args:
        text: the sentence.
        partial: do what can be done of it.
        made: its motion is to be generated, not joined from clips that have a style of their own.

    Raises:
        InputError: it cannot be done; see :func:`generate`.
    """
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InputError(
            f"a sentence of {len(text.strip())} characters; 1 to {LONGEST_TEXT} are needed"
        )
    plan = understand(text)
    details = _details(plan, made=made)
    plan = replace(plan, left_out=(*plan.left_out, *details), dropped=(*plan.dropped, *details))
    unused = tuple(
        f"{number} of '{action}'" for action in plan.actions for number in action.unused_numbers
    )
    plan = replace(plan, left_out=(*plan.left_out, *unused))
    if partial and plan.actions:
        plan = replace(plan, left_out=plan.left_out + plan.refused, refused=())
    check_numbers(plan)
    if not plan.can_be_done:
        nearest = f" The nearest that can be: {plan.nearest!r}." if plan.nearest else ""
        rest = (
            f" Without it: --partial does {str(plan)!r}." if plan.actions and plan.refused else ""
        )
        raise InputError(
            f"{text!r}: cannot be done: {', '.join(map(repr, plan.refused))}.{nearest}{rest}"
        )
    return plan


def _details(plan: Plan, *, made: bool) -> list[str]:
    """Return what motions leave out of how actions are done."""
    found = []
    for action in plan.actions:
        if action.verb == "run" and action.in_place:
            found.append("flight in steps on the spot")
        if action.verb == "run" and action.direction.startswith("backward"):
            found.append("flight in running backward")
        if not made:  # clips have their own style
            found += [
                f"{name} of '{action}'"
                for name in ("size", "style", "first")
                if getattr(action, name)
            ]
    return list(dict.fromkeys(found))


def understand(text: str) -> Plan:
    """Return a sentence's plan, or that of a notation after "plan:", whether it can be done or not.

    Raises:
        InputError: what stands after "plan:" is no notation.
    """
    notation = text.strip().removeprefix(NOTATION)
    return parse(text) if notation == text.strip() else read_plan(notation)


def _names(sentences: Sequence[str], draws: int) -> list[str]:
    names: list[str] = []
    seen: set[str] = set()
    for sentence in sentences:
        short = " ".join(sentence.split())[: MAX_NAME - 20].replace("\0", "")
        for draw in range(draws):
            name = short if draws == 1 else f"{short} #{draw}"
            number = 2
            while name in seen:
                name, number = f"{short} ({number})", number + 1
            seen.add(name)
            names.append(name)
    return names


def _made(model: str | mujoco.MjModel, jobs: Sequence[Job], workers: int | None) -> list[Motion]:
    if workers is None:
        workers = min(os.cpu_count() or 1, len(jobs) // (2 * AT_ONCE))
    parts = [list(jobs[i : i + AT_ONCE]) for i in range(0, len(jobs), AT_ONCE)]
    if workers <= 1 or not isinstance(model, str):
        body = load_model(model) if isinstance(model, str) else model
        return [motion for part in parts for motion in _make_part(body, part)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        results = pool.map(_make_part_of, [model] * len(parts), parts)
        return [motion for result in results for motion in result]


def _make_part_of(model: str, jobs: list[tuple[Plan, int, float | None]]) -> list[Motion]:
    return _make_part(load_model(model), jobs)


def _make_part(model: mujoco.MjModel, jobs: Sequence[Job]) -> list[Motion]:
    courses = []
    for plan, seed, seconds in jobs:
        variation = Variation.draw(seed)
        course = follow(plan, variation)
        if seconds is not None:
            for _ in range(3):
                variation = variation.scaled(seconds / course.seconds)
                course = follow(plan, variation)
        courses.append(course)
    made = make(model, courses)
    return [(qpos, FRAME_RATE, course.ends) for qpos, course in zip(made, courses, strict=True)]


def _matched(
    model: mujoco.MjModel,
    motions: str | Path | MotionLibrary,
    jobs: Sequence[Job],
) -> list[Motion]:
    matcher = Matcher(load_motions(motions, model))
    out: list[Motion] = []
    for plan, seed, seconds in jobs:
        variation = Variation.draw(seed)
        qpos, ends = matcher.play(plan, variation)
        if seconds is not None:
            for _ in range(3):
                variation = variation.scaled(seconds * MATCHED_RATE / len(qpos))
                qpos, ends = matcher.play(plan, variation)
        out.append((qpos, MATCHED_RATE, ends))
    return out
