"""Where a training's figures go: a JSON line an iteration, TensorBoard, Weights & Biases."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
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
    ) -> None:
        """Open a run's files.

        Args:
            folder: of the run.
            tensorboard: write TensorBoard events there too.
            wandb_project: send the metrics to this project of Weights & Biases too; none if empty.
            settings: of the run, shown there.

        Raises:
            InputError: wandb is asked for and not installed.
        """
        self._run = _wandb_run(folder, wandb_project, settings or {}) if wandb_project else None
        self._file = (folder / "metrics.jsonl").open("a", encoding="utf-8")
        self._events: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder))

    def write(self, metrics: Mapping[str, float]) -> None:
        """Write one iteration; values that are not finite become null."""
        plain = {k: v if math.isfinite(v) else None for k, v in metrics.items()}
        self._file.write(json.dumps(plain) + "\n")
        self._file.flush()
        if self._events is not None:
            for name, value in metrics.items():
                self._events.add_scalar(name, value, int(metrics["samples"]))
        if self._run is not None:
            self._run.log(plain, step=int(metrics["iteration"]))

    def close(self) -> None:
        """Finish all of them."""
        self._file.close()
        if self._events is not None:
            self._events.close()
        if self._run is not None:
            self._run.finish()


def _wandb_run(folder: Path, project: str, settings: Mapping[str, Any]) -> Any:
    """Begin, or go on with, the run of a folder."""
    try:
        import wandb
    except ImportError as error:
        raise InputError(
            "wandb_project needs wandb: pip install 'kinesis_fast[wandb]', or leave it empty"
        ) from error
    number = uuid.uuid5(uuid.NAMESPACE_URL, folder.resolve().as_uri()).hex
    return wandb.init(
        project=project,
        name=folder.name,
        id=number,
        resume="allow",
        dir=str(folder),
        config=dict(settings),
    )
