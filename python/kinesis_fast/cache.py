"""What is made once and kept: in the user's cache folder, which may be deleted at any time.

An entry is named after everything that it follows from (inputs, and the code that made it), is
written beside its name and then moved there, and carries a checksum: one that is damaged, or that
its reader refuses, is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from kinesis_fast.errors import InputError

T = TypeVar("T")

VARIABLE = "KINESIS_FAST_CACHE"
"""Environment variable that names the folder; empty: nothing is kept."""
LARGEST_ENTRY = 256 << 20
"""Bytes; what is larger is not kept."""
LARGEST_FOLDER = 1 << 30
"""Bytes; the entries that were used longest ago go first."""
SUFFIX = ".entry"
CODE = ("body", "motions", "rotations.py")
"""What of the package entries follow from, beside the extension."""


def folder() -> Path | None:
    """Return the cache folder; None where nothing is to be kept."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kinesis_fast"


def kept(
    kind: str,
    inputs: Iterable[bytes | str],
    make: Callable[[], T],
    write: Callable[[T], bytes],
    read: Callable[[bytes], T],
) -> T:
    """Return what ``make`` returns, from the cache where it is there.

    Args:
        kind: what it is, for its file's name.
        inputs: all that it follows from, beside the package's own code.
        make: makes it.
        write: turns it into bytes.
        read: turns them back; raises InputError where they make no sense.
    """
    place = folder()
    if place is None:
        return make()
    path = place / f"{kind}-{_digest(code_digest(), *inputs)[:32]}{SUFFIX}"
    with contextlib.suppress(OSError, InputError, ValueError):
        content = path.read_bytes()
        payload = content[32:]
        if hashlib.sha256(payload).digest() == content[:32]:
            found = read(payload)
            path.touch()
            return found
    made = make()
    payload = write(made)
    if len(payload) <= LARGEST_ENTRY:
        with contextlib.suppress(OSError):  # a full disk, or a folder that cannot be written
            _store(path, hashlib.sha256(payload).digest() + payload)
    return made


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the code, and the versions of the libraries, that entries follow from."""
    package = Path(__file__).parent
    files: list[Path] = []
    for name in CODE:
        place = package / name
        files += sorted(place.rglob("*.py")) if place.is_dir() else [place]
    from kinesis_fast import _engine

    files.append(Path(_engine.__file__ or ""))
    parts: list[bytes | str] = [file.read_bytes() for file in files]
    parts += [f"mujoco {_engine.mujoco_version()}"]
    parts += [f"{name} {version(name)}" for name in ("numpy", "scipy")]
    return _digest(*parts)


def _digest(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def _store(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    entries = sorted(path.parent.glob("*" + SUFFIX), key=lambda p: p.stat().st_mtime, reverse=True)
    size = 0
    for entry in entries:
        size += entry.stat().st_size
        if size > LARGEST_FOLDER:
            entry.unlink(missing_ok=True)
