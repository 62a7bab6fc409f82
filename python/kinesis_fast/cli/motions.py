"""The commands ``kinesis-fast motions ...``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinesis_fast.cli import augment, export, fetch, loop, merge, prior
from kinesis_fast.cli.common import (
    JsonOption,
    cell,
    check_json,
    check_library,
    console,
    counted,
    figures_table,
    plain,
    say,
    say_chosen,
    write_json,
    write_pictures,
)
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    import mujoco

    from kinesis_fast.motions.capture.importing import ImportResult
    from kinesis_fast.motions.capture.markers import MarkerTrial
    from kinesis_fast.motions.capture.recording import AnyRecording
    from kinesis_fast.motions.library import MotionLibrary

SHOWN = 40
"""Longest table on the console; the JSON file holds all."""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(
        help="Import motion capture and look into motion libraries.", no_args_is_help=True
    )
    group.command("import")(motions_import)
    group.command("info")(motions_info)
    group.command("preview")(motions_preview)
    prior.register(group)
    loop.register(group)
    augment.register(group)
    fetch.register(group)
    merge.register(group)
    export.register(group)
    app.add_typer(group, name="motions")


SourcesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="SOURCE...", help="Motion files, or folders to search for them."),
]
OutOption = Annotated[Path, typer.Option(help="The library to write (.h5).")]
FileFormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="auto, amass, humanml3d, t2m, opensim, trc, c3d, acclaim, bvh or kinesis.",
    ),
]
KeysOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Import only clips named in this list, one a line; repeatable. Names are the "
        "file's, or 0-KIT_<subject>_<file> as in the KIT lists of AMASS."
    ),
]
FpsOption = Annotated[float, typer.Option(help="Frame rate of the library, Hz.")]
SplitOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=LIST,...",
        help="Put the clips of lists into splits, as train=A.txt,test=B.txt; repeatable; "
        "others get none.",
    ),
]
SourceFpsOption = Annotated[
    float | None,
    typer.Option(
        help="Frame rate of files that do not tell theirs, Hz; by default 120 for Acclaim "
        "and 20 for HumanML3D."
    ),
]
MeanOption = Annotated[
    Path | None, typer.Option(help="Mean of normalised HumanML3D features (.npy).")
]
StdOption = Annotated[
    Path | None, typer.Option(help="Deviation of normalised HumanML3D features (.npy).")
]
BodyModelOption = Annotated[
    Path | None,
    typer.Option(
        help="Your SMPL model (.npz, or a folder of <gender>/model.npz) for the subjects' "
        "own shapes; by default all have the mean shape."
    ),
]
JointMapOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Joints of BVH files, or markers of C3D and TRC files, under names that are not "
        "known: a YAML file of lines 'knee_r: CC_Base_R_Calf'.",
    ),
]
StaticOption = Annotated[
    Path | None,
    typer.Option(
        metavar="TRIAL",
        help="A trial of the same markers in which she stands (or any): where they sit on the "
        "model, so that all of them are followed, those on thighs and shanks too. For a --model of "
        "her size (body scale).",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Refuse clips whose figures are no person's."),
]
ModelOption = Annotated[str, typer.Option(help="The model to move.")]
ThreadsOption = Annotated[int, typer.Option(help="0: one per CPU.")]


def motions_import(
    sources: SourcesArgument,
    out: OutOption,
    file_format: FileFormatOption = "auto",
    keys: KeysOption = None,
    fps: FpsOption = 30.0,
    split: SplitOption = None,
    source_fps: SourceFpsOption = None,
    mean: MeanOption = None,
    std: StdOption = None,
    body_model: BodyModelOption = None,
    joint_map: JointMapOption = None,
    static: StaticOption = None,
    strict: StrictOption = False,
    model: ModelOption = "myolegs",
    threads: ThreadsOption = 0,
    json_file: JsonOption = None,
) -> None:
    """Import motion capture into a library: feet that stand do not slide, none sinks.

    Example: kinesis-fast motions import AMASS/KIT --out kit.h5 --keys train.txt --keys test.txt
    --split train=train.txt,test=test.txt
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions.capture.importing import ImportRequest, import_motions, read_names
    from kinesis_fast.motions.formats import ReadOptions
    from kinesis_fast.motions.formats.joint_names import read_joint_map

    check_json(json_file)
    check_library(out)
    if not 0 <= threads <= 1024:
        raise InputError(f"threads is {threads}; it must be in [0, 1024]")
    request = ImportRequest(
        sources=sources,
        format=file_format,
        frame_rate=fps,
        keys=[name for path in keys for name in read_names(path)] if keys else None,
        splits={name: read_names(path) for name, path in _split_lists(split).items()},
        num_threads=threads,
        strict=strict,
    )
    names = None if joint_map is None else read_joint_map(joint_map)
    body = load_model(model)
    follow = None if static is None else _follower(body, static, names)
    options = ReadOptions(body, source_fps, mean, std, body_model, names, follow)
    with item_progress("Importing") as advance:
        result = import_motions(request, options, advance)
    if result.library is None:
        raise InputError(f"nothing was imported: {_why_nothing(result)}")
    result.library.save(out)
    _show_import(result, out)
    _say_marker_errors(result.library)
    write_json(json_file, _import_figures(result, out))


def _follower(
    body: mujoco.MjModel, static: Path, names: Mapping[str, str] | None
) -> Callable[[MarkerTrial], AnyRecording]:
    """Return what follows the markers of trials, as they sit on a body in one of them."""
    from kinesis_fast.person import read_trial
    from kinesis_fast.person.attachment import attach
    from kinesis_fast.person.follow import follow

    attachment = attach(body, read_trial(static, names), names)
    say(
        f"{static}: {counted(len(attachment.markers), 'marker')} sit on the body; not followed: "
        f"{', '.join(attachment.left_out) or 'none'}"
    )
    return partial(follow, body, attachment, names=names)


def _import_figures(result: ImportResult, out: Path) -> dict[str, object]:
    return {
        "library": str(out),
        "clips": [clip.as_dict() for clip in result.clips],
        "refused": [{"path": r.path, "reason": r.reason} for r in result.refused],
        "keys_not_found": list(result.keys_not_found),
        "passed_over": dict(result.passed_over),
        "frames": sum(clip.frames for clip in result.clips),
        "seconds": result.seconds,
        "frames_per_s": result.frames_per_s,
    }


def _say_marker_errors(library: MotionLibrary) -> None:
    for clip in library.clips:
        if "marker_error" in clip.attributes:
            off = 1000 * float(clip.attributes["marker_error"])
            say(
                f"{clip.name}: markers {off:.1f} mm off (rms), {clip.attributes['worst_marker']} "
                "most, before the contact pass"
            )


def _why_nothing(result: ImportResult) -> str:
    if not result.refused:
        return "none of the listed clips is there"
    first = f"{result.refused[0].path!r} {result.refused[0].reason}"
    more = len(result.refused) - 1
    return f"{first} (and {counted(more, 'file')} more)" if more else first


def _split_lists(split: list[str] | None) -> dict[str, Path]:
    lists: dict[str, Path] = {}
    for entry in ",".join(split or []).split(",") if split else []:
        name, _, path = entry.partition("=")
        if not name.strip() or not path.strip() or name.strip() in ("all", "auto", *lists):
            raise InputError(
                f"split {entry!r} is not understood; write train=A.txt,test=B.txt, each split "
                "once, and none named all or auto"
            )
        lists[name.strip()] = Path(path.strip())
    return lists


def _show_import(result: ImportResult, out: Path) -> None:
    assert result.library is not None
    table = figures_table(
        "clip",
        "error\nmm",
        "changed\ndegrees",
        "sole\nmm",
        "lacks\nN",
        "sinks\nmm",
        "slides\nmm/s",
    )
    for clip in result.clips[:SHOWN]:
        joint = clip.most_changed_joint
        rms, largest = clip.joint_change_deg[joint]
        balance = ("-", "-")
        if clip.balance is not None:
            found = clip.balance
            balance = (f"{found.loaded_sole_mm:.1f}", f"{found.lacking_force_n:.0f}")
        slide = "-" if clip.stance_slide_m_s is None else f"{1e3 * clip.stance_slide_m_s:.0f}"
        table.add_row(
            cell(clip.name),
            f"{clip.mean_error_mm:.1f}",
            f"{_short(joint)} {rms:.0f} ({largest:.0f})",
            *balance,
            f"{clip.floor_penetration_mm:.1f}",
            slide,
        )
    console.print(table)
    if len(result.clips) > SHOWN:
        say(f"... and {counted(len(result.clips) - SHOWN, 'clip')} more; --json writes them all")
    say(
        "error: mean distance of tracked points from the scaled source, before the contact pass; "
        "changed: the joint that this pass took furthest, rms (largest); sole: how high loaded "
        "soles stand; lacks: force on the root that feet could not give if they reached the floor; "
        "sinks: deepest point of a foot; slides: feet that stand."
    )
    _list("Suspect", [f"{c.name}: {'; '.join(c.suspect)}" for c in result.clips if c.suspect])
    _list("Refused", [f"{r.path}: {r.reason}" for r in result.refused])
    _list("Listed but not found", result.keys_not_found)
    if result.passed_over:
        others = [f"{n:,} {end or 'without suffix'}" for end, n in result.passed_over.items()]
        say(f"Not read, of no motion format: {', '.join(others)}")
    say(
        f"{out}: {counted(len(result.clips), 'clip')}, {result.library.duration:.1f} s, "
        f"{sum(clip.frames for clip in result.clips):,} frames in {result.seconds:.1f} s "
        f"({result.frames_per_s:,.0f}/s)",
        f"Next: kinesis-fast motions preview {out} --out preview.png, or kinesis-fast train "
        f"--motions {out} --init-from shipped",
    )


def _short(joint: str) -> str:
    """Return ``hip rot r`` for ``hip_rotation_r``: tables are narrow."""
    for long, short in (("flexion", "flex"), ("adduction", "add"), ("rotation", "rot")):
        joint = joint.replace(long, short)
    return joint.replace("_angle", "").replace("_", " ")


def _list(title: str, entries: Sequence[str]) -> None:
    if entries:
        say(f"{title} ({len(entries)}):")
        for entry in entries[:SHOWN]:
            say(f"  {entry}")
        if len(entries) > SHOWN:
            say(f"  ... and {len(entries) - SHOWN} more")


def motions_info(
    library: Annotated[str, typer.Argument(help="A built-in library or a motion file.")],
    model: ModelOption = "myolegs",
    json_file: JsonOption = None,
) -> None:
    """Tell what a library holds: clips, time, splits, provenance.

    Example: kinesis-fast motions info mine.h5
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions

    check_json(json_file)
    found = load_motions(library, load_model(model))
    clips = [
        {
            "name": clip.name,
            "split": clip.split,
            "frames": clip.frames,
            "frame_rate": clip.frame_rate,
            "seconds": clip.duration,
            "attributes": {key: plain(value) for key, value in clip.attributes.items()},
        }
        for clip in found.clips
    ]
    splits: dict[str, int] = {}
    for clip in found.clips:
        splits[clip.split or "none"] = splits.get(clip.split or "none", 0) + 1
    sources = [str(clip.attributes.get("source", "")) for clip in found.clips]
    several = len(set(sources)) > 1
    table = figures_table("clip", "split", "frames", "Hz", "seconds")
    if several:
        table.add_column("source", overflow="fold")
    for clip, source in zip(found.clips, sources, strict=True):
        row = (cell(clip.name), cell(clip.split), str(clip.frames), f"{clip.frame_rate:g}")
        table.add_row(*row, f"{clip.duration:.2f}", *([cell(source)] if several else []))
    console.print(table)
    if sources[0] and not several:
        say(f"source: {sources[0]}")
    counts = ", ".join(f"{count} {name}" for name, count in splits.items())
    say(
        f"{counted(len(clips), 'clip')} ({counts}), {found.duration:.1f} s = "
        f"{found.duration / 3600:.3f} h; "
        f"tracked bodies: {', '.join(found.tracked_bodies)}"
    )
    write_json(
        json_file,
        {
            "num_clips": len(clips),
            "seconds": found.duration,
            "splits": splits,
            "tracked_bodies": list(found.tracked_bodies),
            "clips": clips,
        },
    )


def motions_preview(
    library: Annotated[str, typer.Argument(help="A built-in library or a motion file.")],
    out: Annotated[Path, typer.Option(help="A .mp4 or .gif video, or a .png strip.")] = Path(
        "preview.png"
    ),
    clip: Annotated[str | None, typer.Option(help="The clip to draw.")] = None,
    model: ModelOption = "myolegs",
    width: Annotated[int, typer.Option(help="Pixels.")] = 640,
    height: Annotated[int, typer.Option(help="Pixels.")] = 480,
) -> None:
    """Draw a clip of a library, or of any motion file, the source's stick figure beside it.

    Example: kinesis-fast motions preview mine.h5 --clip walk_01 --out walk.png
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.view import image_files, offscreen, playback

    image_files.check_output(out)
    image_files.check_size(width, height)
    found = load_motions(library, load_model(model))
    number = found.choose(clip)
    say_chosen(found.clips, number, clip)
    times = None
    if out.suffix.lower() == ".png":
        times = image_files.STRIP_COLUMNS
    with offscreen.BodyCamera(load_model(model, strip=False), width=width, height=height) as camera:
        images = list(playback.play_motion(found, camera, number, times))
    write_pictures(out, images, found.clips[number].name)
