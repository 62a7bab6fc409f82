"""Commands that show trained policies, and pass them on: ``render``, ``export``, ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinesis_fast.cli.common import (
    BodyOption,
    MotionsOption,
    say,
    say_chosen,
    write_pictures,
)
from kinesis_fast.cli.conditions import Conditions, policy_of, takes_conditions
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError

PAGE = ".html"

if TYPE_CHECKING:
    import mujoco

    from kinesis_fast.envs import MuscleVectorEnv
    from kinesis_fast.learn.checkpoint import Checkpoint
    from kinesis_fast.motions import MotionLibrary
    from kinesis_fast.view.scene_page import ScenePage

WALK, USUAL_SPEED = "walk", 1.2
"""The task whose policies follow no clips, and how fast they are told to go, m/s."""
CheckpointArgument = Annotated[
    Path,
    typer.Argument(
        help="A checkpoint file, a run folder for its latest one, or shipped for the package's own."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(takes_conditions(render))
    app.command()(export)
    app.command()(demo)


def render(
    checkpoint: CheckpointArgument,
    out: Annotated[
        Path, typer.Option(help="A .mp4 or .gif video, a .png strip, or an .html page.")
    ],
    clip: Annotated[str | None, typer.Option(help="The clip to follow.")] = None,
    motions: MotionsOption = None,
    model: BodyOption = None,
    text: Annotated[
        str | None, typer.Option(help="Follow what this sentence says, instead of a clip.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="m/s: walk straight ahead from standing, instead of following a clip; what "
            "policies of the task walk do, 1.2 unless told otherwise."
        ),
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Longest length.")] = None,
    width: Annotated[int, typer.Option(help="Pixels.")] = 640,
    height: Annotated[int, typer.Option(help="Pixels.")] = 480,
    conditions: Conditions = None,
) -> None:
    """Draw a policy at work, its reference as a ghost beside it; a .png strip comes along.

    An .html file is a page that plays it in three dimensions, to be turned and walked around in.

    Example: kinesis-fast render shipped --text "walk two metres, then turn around" --out said.mp4
    """
    if text is not None and (clip is not None or motions is not None):
        raise InputError("--text makes its own motion: leave out --clip and --motions")
    if speed is not None and not (text is None and clip is None):
        raise InputError("--speed has it walk as it likes: leave out --text and --clip")
    longest = (10.0 if text is None else 60.0) if seconds is None else seconds
    _check_drawing(out, longest, width, height, pages=speed is None)
    point = policy_of(checkpoint, model, conditions)
    if speed is None and text is None and clip is None and point.config.task == WALK:
        speed = USUAL_SPEED
    if speed is None:
        draw_policy(point, out, clip, motions, longest, width, height, text=text)
    else:
        check_ranges((("--speed", speed, 0.05, 3.0),))
        _draw_walk(point, out, speed, motions, longest, width, height)


def _draw_walk(
    point: Checkpoint,
    out: Path,
    speed: float,
    motions: str | None,
    seconds: float,
    width: int,
    height: int,
) -> None:
    """Draw a policy that is told to walk ahead at a speed, into a file."""
    from kinesis_fast.body import load_model
    from kinesis_fast.learn.evaluation.trials import TrialSubject
    from kinesis_fast.tasks.conditions import told
    from kinesis_fast.view import offscreen, playback

    subject = TrialSubject(point, motions, num_threads=1)
    condition = told(point.config.env.conditions).replace("; ", "\n")
    full = load_model(point.config.env.model, timestep=point.config.env.timestep, strip=False)
    with (
        episode_progress("Drawing"),
        offscreen.BodyCamera(full, width=width, height=height) as camera,
    ):
        images = list(playback.play_walk(subject, speed, camera, seconds, condition))
    write_pictures(out, images, f"told to walk at {speed:g} m/s")


def export(
    checkpoint: CheckpointArgument,
    out: Annotated[
        Path, typer.Option(help="The .safetensors file to write, or .onnx for other languages.")
    ],
    motions: Annotated[
        str, typer.Option(help="Motions that the policy names as its own from now on.")
    ] = "gait",
    half: Annotated[
        bool,
        typer.Option("--half", help="Keep what acts in half precision too: as good, not the same."),
    ] = False,
) -> None:
    """Write a checkpoint without what only training needs: small, to be passed on.

    Example: kinesis-fast export runs/mine --out mine.safetensors --motions mine.h5
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.onnx_export import to_onnx
    from kinesis_fast.motions import load_motions

    if out.suffix not in (checkpoints.SUFFIX, ".onnx") or not out.parent.is_dir():
        raise InputError(
            f"cannot write {str(out)!r}; name a {checkpoints.SUFFIX} or .onnx file "
            "in a folder that exists"
        )
    point = checkpoints.load(checkpoint)
    if out.suffix == ".onnx":
        to_onnx(point, out)
    else:
        load_motions(motions, load_model(point.config.env.model))  # they must be there
        checkpoints.save(checkpoints.for_release(point, motions, half=half), out)
    say(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")


def demo(
    out: Annotated[Path, typer.Option(help="A .mp4 or .gif video.")] = Path("demo.mp4"),
    seconds: Annotated[float, typer.Option(help="Length.")] = 6.0,
) -> None:
    """Show the package's own policy walk: a video and a strip of pictures, in a minute.

    Example: kinesis-fast demo --out walk.gif --seconds 4
    """
    from kinesis_fast.learn import checkpoint as checkpoints

    _check_drawing(out, seconds, 480, 368)
    draw_policy(checkpoints.load("shipped"), out, None, None, seconds, 480, 368)


def _check_drawing(
    out: Path, seconds: float, width: int, height: int, *, pages: bool = False
) -> None:
    from kinesis_fast.view import image_files, playback

    image_files.check_output(out, *((PAGE,) if pages else ()))
    playback.check_seconds(seconds)
    image_files.check_size(width, height)


def draw_policy(
    point: Checkpoint,
    out: Path,
    clip: str | None,
    motions: str | None,
    seconds: float,
    width: int,
    height: int,
    *,
    text: str | None = None,
    reference: str | None = None,
) -> None:
    """Draw a policy at work on a clip, or on what a sentence says, into a file."""
    from kinesis_fast.body import load_model
    from kinesis_fast.learn.evaluation.clips import Subject, load_agent
    from kinesis_fast.tasks.conditions import told
    from kinesis_fast.view import offscreen, playback

    source: str | MotionLibrary | None = motions
    if text is not None:
        from kinesis_fast.t2m.generating import generate

        source = generate(text, model=point.config.env.model)
        say(f"{text}: {source.clips[0].attributes['plan']}")
    subject = Subject(point, source, split="all", reference=reference, num_threads=1)
    library = subject.library()
    number = library.choose(clip)
    say_chosen(library.clips, number, clip)
    chosen = library.subset([library.clips[number].name])
    env = subject.protocol_env(chosen)
    agent = load_agent(point, env)
    condition = told(point.config.env.conditions).replace("; ", "\n")
    full = load_model(point.config.env.model, timestep=point.config.env.timestep, strip=False)
    if out.suffix.lower() == PAGE:
        with episode_progress("Drawing"), _scene_page(full, env) as page:
            moments = sum(1 for _ in playback.play_policy(env, agent, page, 0, seconds, condition))
            page.write(out)
        say(f"{out}: clip {chosen.clips[0].name}, {moments * env.control_timestep:.1f} s; open it")
        return
    with (
        episode_progress("Drawing"),
        offscreen.BodyCamera(full, width=width, height=height) as camera,
    ):
        images = list(playback.play_policy(env, agent, camera, 0, seconds, condition))
    write_pictures(out, images, chosen.clips[0].name)


def _scene_page(model: mujoco.MjModel, env: MuscleVectorEnv) -> ScenePage:
    from kinesis_fast.view.scene_page import ScenePage

    return ScenePage(model, env.tracked_bodies, 1.0 / env.control_timestep)
