"""The commands ``kinesis-fast device``: devices that a body wears."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinesis_fast.cli.common import (
    BodyOption,
    JsonOption,
    ThreadsOption,
    check_json,
    console,
    figures_table,
    say,
    write_json,
)
from kinesis_fast.cli.conditions import Conditions, policy_of, takes_conditions
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.learn.device_search import Candidate, DeviceFound, DeviceSearch


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Devices that a body wears.", no_args_is_help=True)
    group.command("optimise")(takes_conditions(device_optimise))
    app.add_typer(group, name="device")


def device_optimise(
    search_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What is searched, YAML: see docs/devices.md.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="A folder for the best device and the landscape.")
    ] = None,
    checkpoint: Annotated[
        str, typer.Option("--policy", help="Which walks: a checkpoint, or a name of the package's.")
    ] = "shipped_guided",
    model: BodyOption = None,
    minutes: Annotated[float, typer.Option(help="Of searching.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
    threads: ThreadsOption = 0,
    conditions: Conditions = None,
    json_file: JsonOption = None,
) -> None:
    """Fit a device to a body: search its numbers so that walking with it costs least.

    Example: kinesis-fast device optimise ankle_exo.yaml --minutes 10 --out fitted
    """
    from kinesis_fast.learn.device_search import DeviceSearch, as_settings, optimise

    check_json(json_file)
    if not 0.0 <= minutes <= 1e5:
        raise InputError(f"minutes is {minutes:g}; it must be in [0, 100000]")
    search = DeviceSearch.load(search_file)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    point = policy_of(checkpoint, model, conditions)
    with episode_progress("Searching") as show:

        def tell(generation: int, best: Candidate, left: float) -> None:
            show(f"Generation {generation}: {best.cost:.3f} J/kg/m, {left:.0f} s left")

        found = optimise(point, search, minutes=minutes, seed=seed, threads=threads, tell=tell)
    _show(search, found)
    figures = {
        name: {"device": as_settings(one.device), "cost": one.cost, "fell": one.fell}
        for name, one in (("best", found.best), ("idle", found.idle), ("without", found.without))
    }
    write_json(
        json_file,
        {**figures, "saved": found.saved, "saved_of_idle": found.saved_of_idle,
         "tried": len(found.tried), "seconds": found.seconds},
    )  # fmt: skip
    if out is not None:
        _write(out, search, found)


def _show(search: DeviceSearch, found: DeviceFound) -> None:
    table = figures_table("worn", "J/kg/m", "fell", *search.search)
    for name, one in (("nothing", found.without), ("idle", found.idle), ("best", found.best)):
        numbers = (
            "" if one is found.without else f"{getattr(one.device, key):.3g}"
            for key in search.search
        )
        table.add_row(name, f"{one.cost:.2f}", f"{100 * one.fell:.0f} %", *numbers)
    console.print(table)
    say(
        f"{len(found.tried)} devices in {found.seconds:.0f} s: the best saves "
        f"{100 * found.saved:.1f} % of walking without one, {100 * found.saved_of_idle:.1f} % of "
        "walking with it idle"
    )


def _write(out: Path, search: DeviceSearch, found: DeviceFound) -> None:
    import yaml

    from kinesis_fast.learn.device_search import as_settings
    from kinesis_fast.view.landscape import draw_landscape

    best = out / "device.yaml"
    best.write_text(yaml.safe_dump(as_settings(found.best.device), sort_keys=False))
    rows = ["cost,fell," + ",".join(search.search)]
    for one in found.tried:
        numbers = ",".join(f"{getattr(one.device, key):.6g}" for key in search.search)
        rows.append(f"{one.cost:.6g},{one.fell:.3g},{numbers}")
    (out / "tried.csv").write_text("\n".join(rows) + "\n")
    points = {key: [getattr(one.device, key) for one in found.tried] for key in search.search}
    picture = out / "landscape.png"
    draw_landscape(picture, points, [one.cost for one in found.tried], "J/kg/m")
    say(f"{best}, {picture}, {out / 'tried.csv'}")
    say(f"Next: kinesis-fast play --device {best}")
