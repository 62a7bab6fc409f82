"""A run folder belongs to one training at a time."""

from __future__ import annotations

import os
from pathlib import Path

from kinesis_fast.errors import InputError

if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


LOCK = "run.lock"


class RunFolder:
    """Holds a folder until :meth:`release`, or the end of the process, however it ends.

    The lock is the operating system's, on a file that stays: a killed training leaves none behind.
    """

    def __init__(self, folder: Path, name: str = LOCK) -> None:
        """Make the folder, and claim it.

        Raises:
            InputError: another training has it, or it cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise InputError(f"run folder {str(folder)!r} cannot be written: {error}") from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise InputError(
                f"run folder {str(folder)!r} is in use by another training; "
                "give this one another with --out, or wait"
            ) from error

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)
