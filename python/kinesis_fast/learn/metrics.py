"""Where a training's figures go: a JSON line an iteration, TensorBoard, Weights & Biases."""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kinesis_fast.errors import InputError


class MetricsWriter:
    """Appends metrics to ``metrics.jsonl`` and, if asked, to other places."""

    def __init__(
        self,
        folder: Path,
        tensorboard: bool = False,
        wandb_project: str = "",
        settings: Mapping[str, Any] | None = None,
        *,
        after_iteration: int = 0,
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a run's files.

        Args:
            folder: of the run.
            tensorboard: write TensorBoard events there too.
            wandb_project: send the metrics to this project of Weights & Biases too; none if empty.
            settings: of the run, shown there.
            after_iteration: where the run goes on; lines of later iterations, which will come
                again, are removed.
            on_trouble: told once of what cannot be written.

        Raises:
            InputError: wandb is asked for and not installed.
        """
        self._run = _wandb_run(folder, wandb_project, settings or {}) if wandb_project else None
        self._path = folder / "metrics.jsonl"
        self._on_trouble = on_trouble
        self._troubled: set[str] = set()
        self._waiting: list[str] = []
        _keep_until(self._path, after_iteration)
        self._events: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder))

    def write(self, metrics: Mapping[str, float]) -> None:
        """Write one iteration; values that are not finite become null.

        Lines that cannot be written wait for the next call.
        """
        plain = {k: v if math.isfinite(v) else None for k, v in metrics.items()}
        self._waiting.append(json.dumps(plain) + "\n")
        self._flush()
        if self._events is not None:
            try:
                for name, value in metrics.items():
                    self._events.add_scalar(name, value, int(metrics["samples"]))
            except OSError as error:
                self._tell("TensorBoard's events", error)
                self._events = None
        if self._run is not None:
            self._run.log(plain, step=int(metrics["iteration"]))

    def close(self) -> None:
        """Finish all of them."""
        self._flush()
        if self._events is not None:
            try:
                self._events.close()
            except OSError as error:
                self._tell("TensorBoard's events", error)
        if self._run is not None:
            self._run.finish()

    def _flush(self) -> None:
        if not self._waiting:
            return
        try:
            size = self._path.stat().st_size if self._path.exists() else 0
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write("".join(self._waiting))
            except OSError:
                if self._path.exists():  # without the part of a line that found room
                    os.truncate(self._path, size)
                raise
            self._waiting.clear()
        except OSError as error:
            self._tell(self._path.name, error)

    def _tell(self, what: str, error: OSError) -> None:
        if what not in self._troubled:
            self._troubled.add(what)
            self._on_trouble(f"{what} could not be written: {error}; trying again")


def _keep_until(path: Path, iteration: int) -> None:
    """Remove the lines of later iterations, and what an interruption left of a last line."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["iteration"] <= iteration:
                kept.append(line + "\n")
        except (ValueError, KeyError, TypeError):
            continue
    partial = path.with_name(path.name + ".partial")
    partial.write_text("".join(kept), encoding="utf-8")
    partial.replace(path)


def check_wandb(project: str) -> None:
    """Raise InputError where metrics are to go to Weights & Biases, which is not installed."""
    if project:
        _wandb()


def _wandb() -> Any:
    try:
        import wandb
    except ImportError as error:
        raise InputError(
            "wandb_project needs wandb: pip install 'kinesis_fast[wandb]', or leave it empty"
        ) from error
    return wandb


def _wandb_run(folder: Path, project: str, settings: Mapping[str, Any]) -> Any:
    """Begin, or go on with, the run of a folder."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, folder.resolve().as_uri()).hex
    return _wandb().init(
        project=project,
        name=folder.name,
        id=number,
        resume="allow",
        dir=str(folder),
        config=dict(settings),
    )
