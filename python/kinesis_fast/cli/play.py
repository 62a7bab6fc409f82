"""The command that lets a body be driven: ``play``, on a page or by a script into a video."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinesis_fast.cli.common import BodyOption, console, say, write_pictures
from kinesis_fast.cli.conditions import Conditions, policy_of, takes_conditions
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.config import check_names
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.play.script import ScriptEntry
    from kinesis_fast.play.session import PlaySession

LOOPBACK = ("127.0.0.1", "localhost")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(takes_conditions(play))


CheckpointArgument = Annotated[
    Path | None,
    typer.Argument(
        help="A checkpoint, a run folder, or the name of one of the package's own policies: "
        "by default shipped_live, or shipped_guided for goals."
    ),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        help="In which a body is told what to do, as steer and reach; by default the policy's own, "
        "or steer."
    ),
]
MotionsOption = Annotated[
    str | None,
    typer.Option(
        help="What the motion is planned from: a library or a file; by default gait-live, or "
        "gait-reach for goals."
    ),
]
PortOption = Annotated[int, typer.Option(help="Of the page.")]
HostOption = Annotated[
    str, typer.Option(help="Interface of the page; others than this machine need a token.")
]
TokenOption = Annotated[
    str | None, typer.Option(help="What visitors of other machines must know; else drawn.")
]
ScriptOption = Annotated[
    Path | None, typer.Option(help="Commands (.yaml): a list of {time, speed, direction, ...}.")
]
TextOption = Annotated[str | None, typer.Option(help="Begin with what this sentence says.")]
RecordOption = Annotated[
    Path | None, typer.Option(help="Write a .mp4, .gif or .png strip; no browser is needed.")
]
SecondsOption = Annotated[
    float | None, typer.Option(help="Stop after so long; a recording takes 20 s by default.")
]
WidthOption = Annotated[int, typer.Option(help="Pixels, of a recording.")]
HeightOption = Annotated[int, typer.Option(help="Pixels, of a recording.")]
SeedOption = Annotated[int, typer.Option(help="Of goals.")]


def play(
    checkpoint: CheckpointArgument = None,
    task: TaskOption = None,
    motions: MotionsOption = None,
    model: BodyOption = None,
    conditions: Conditions = None,
    port: PortOption = 8080,
    host: HostOption = "127.0.0.1",
    token: TokenOption = None,
    script: ScriptOption = None,
    text: TextOption = None,
    record: RecordOption = None,
    seconds: SecondsOption = None,
    width: WidthOption = 640,
    height: HeightOption = 480,
    seed: SeedOption = 0,
) -> None:
    """Drive a body live in a browser, or by a script into a video.

    Example: kinesis-fast play
    """
    from kinesis_fast.play.script import ScriptEntry, read_script
    from kinesis_fast.play.session import PlaySession
    from kinesis_fast.t2m.generating import plan_of
    from kinesis_fast.tasks import told_tasks
    from kinesis_fast.view import image_files, playback

    if seconds is not None:
        playback.check_seconds(seconds)
    if not 0 <= port <= 65535:
        raise InputError(f"port is {port}; it must be in [0, 65535]")
    if record is not None:
        image_files.check_output(record)
        image_files.check_size(width, height)
    actions = [] if script is None else read_script(script)
    if text is not None:
        plan_of(text, made=False)
        actions.insert(0, ScriptEntry(0.0, text=text))
    if task is not None:
        check_names((("task", task, told_tasks()),))
    own = "shipped_guided" if task == "reach" else "shipped_live"
    point = policy_of(checkpoint or own, model, conditions)
    with console.status("Preparing ..."):
        session = PlaySession(
            point,
            task=task,
            motions=motions,
            seed=seed,
        )
    if record is not None:
        _record(session, actions, record, seconds or 20.0, (width, height))
        return
    _serve(session, host, port, token, actions, seconds)


def _record(
    session: PlaySession,
    actions: list[ScriptEntry],
    record: Path,
    length: float,
    size: tuple[int, int],
) -> None:
    """Draw what a body does by a script, without a browser."""
    from kinesis_fast.body import load_model
    from kinesis_fast.play.recording import AZIMUTH, draw_script
    from kinesis_fast.view import offscreen
    from kinesis_fast.view.drawing import Image

    env = session.checkpoint.config.env
    full = load_model(env.model, timestep=env.timestep, strip=False)
    width, height = size
    with offscreen.BodyCamera(full, width=width, height=height, azimuth=AZIMUTH) as camera:
        images: list[Image] = []
        fell: list[str] = []
        with item_progress("Drawing") as advance:
            for image in draw_script(session, actions, length, camera):
                images.append(image)
                if session.falls > len(fell):
                    fell.append(f"{len(images) * session.timestep:.1f} s")
                advance(len(images), round(length / session.timestep))
    write_pictures(record, images, session.task)
    say(f"fell at {', '.join(fell)}, and stood up again" if fell else "never fell")


def _serve(
    session: PlaySession,
    host: str,
    port: int,
    token: str | None,
    actions: list[ScriptEntry],
    seconds: float | None,
) -> None:
    from kinesis_fast.play.gate import Gate
    from kinesis_fast.play.page import Page

    inside = host in LOOPBACK
    if token is not None and inside:
        raise InputError("--token is for other interfaces: give --host too, or leave it out")
    page = Page(session, port if inside else 0, actions)
    gate = None if inside else Gate(host, port, page.port, token)
    address = page.address if gate is None else f"http://{host}:{gate.port}/?token={gate.token}"
    say(f"Open {address} in a browser. Ctrl-C ends it.")
    try:
        page.loop.run(seconds)
    except KeyboardInterrupt:
        say("")
    finally:
        if gate is not None:
            gate.close()
        page.close()
