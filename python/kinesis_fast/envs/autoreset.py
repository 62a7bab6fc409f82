"""When ended episodes begin anew, by gymnasium's names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from kinesis_fast import _engine
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.tasks import EnvConfig

MODES = {mode.name.lower(): mode for mode in AutoresetMode}
"""``next_step``, ``same_step`` and ``disabled``."""


def chosen_mode(mode: str | AutoresetMode | None, config: EnvConfig) -> AutoresetMode:
    """Return when ended episodes begin anew.

    Args:
        mode: a name in :data:`MODES`, or gymnasium's own; None: as ``config.auto_reset`` says.
        config: of the environments.

    Raises:
        InputError: an unknown mode, or one that ``config.auto_reset`` contradicts.
    """
    if mode is None:
        return AutoresetMode.SAME_STEP if config.auto_reset else AutoresetMode.DISABLED
    if isinstance(mode, AutoresetMode):
        chosen = mode
    elif isinstance(mode, str) and mode.lower() in MODES:
        chosen = MODES[mode.lower()]
    else:
        raise InputError(f"autoreset_mode is {mode!r}{did_you_mean(str(mode), MODES)}")
    if not config.auto_reset and chosen != AutoresetMode.DISABLED:
        raise InputError(f"autoreset_mode is {mode!r}, and auto_reset false; leave one of them out")
    return chosen


def engine_resets(config: EnvConfig, mode: AutoresetMode) -> EnvConfig:
    """Return the configuration whose engine begins episodes as a mode says."""
    return replace(config, auto_reset=mode == AutoresetMode.SAME_STEP)


class NextStep:
    """Begins, in the step after their last, episodes of environments that wait for it.

    That step's action is not looked at; its reward is 0 and it ends nothing.
    """

    _engine: _engine.BatchEngine
    _buffers: dict[str, npt.NDArray[Any]]
    _ended: npt.NDArray[np.bool_]
    """Which environments ended in their last step; stays false where the engine resets."""
    num_envs: int

    def _begin_ended(self, part: slice) -> None:
        """Begin the episodes of a part that ended a step before."""
        mask = np.zeros(self.num_envs, dtype=bool)
        mask[part] = self._ended[part]
        if not mask.any():
            return
        clips = np.full(self.num_envs, -1, dtype=np.int32)
        self._engine.reset(mask, clips, np.full(self.num_envs, np.nan))
        for name, rows in self._buffers.items():
            if name == "clip":
                rows[mask] = self._engine.get_episodes()["clip"][mask]
            elif name not in ("obs", "final_obs"):
                rows[mask] = 0
