"""Download openly licensed motion capture and test data from their public homes.

What is there and whole is not fetched again, and an interrupted file goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from kinesis_fast.errors import InputError
from kinesis_fast.motions.data_sets import DataSet, RemoteFile, listed_files

HOME = "https://raw.githubusercontent.com"
"""Where files of public repositories are read one by one."""
CHUNK = 1 << 16
"""Bytes that are read at a time."""
CONNECTIONS = 8
TIMEOUT = 30.0
"""s without an answer."""
ATTEMPTS = 3
"""Of a file, while a connection breaks or what comes is not what is listed."""
PARTIAL = ".partial"


def fetch(
    data_set: DataSet,
    folder: Path,
    *,
    mirror: str = "",
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Bring every file of a data set into a folder; returns those that were downloaded.

    Args:
        data_set: what to fetch.
        folder: made where it is missing.
        mirror: address to read from instead, laid out as ``<repository>/<commit>/<path>``.
        on_progress: called with bytes that are there, and bytes in all.

    Raises:
        InputError: no network, a file that cannot be had, or one that is not what is listed; what
            is whole stays, and the next call goes on from it.
    """
    home = (mirror or HOME).rstrip("/")
    if urllib.parse.urlsplit(home).scheme not in ("http", "https"):
        raise InputError(f"mirror {mirror!r} is no http or https address")
    listed = listed_files(data_set)
    total = sum(file.size for file in listed)
    missing = [file for file in listed if not _is_whole(folder / file.name, file)]
    there = total - sum(file.size for file in missing)
    counted = _Counter(there, total, on_progress)
    stop = threading.Event()

    def get(file: RemoteFile) -> Path:
        source = data_set.sources[file.source]
        path = urllib.parse.quote(file.path)
        address = f"{home}/{source.repository}/{source.commit}/{path}"
        return _download(address, file, folder / file.name, counted, stop)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting = [pool.submit(get, file) for file in missing]
        try:
            return [done.result() for done in as_completed(waiting)]
        except BaseException:
            stop.set()
            for future in waiting:
                future.cancel()
            raise


class _Counter:
    """Bytes that are there, of all, counted by several threads."""

    def __init__(self, done: int, total: int, tell: Callable[[int, int], None]) -> None:
        self._done, self._total, self._tell = done, total, tell
        self._lock = threading.Lock()
        tell(done, total)

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            self._tell(self._done, self._total)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows no redirect to another host: what is listed is there, or nowhere."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: object,
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = (urllib.parse.urlsplit(url) for url in (req.full_url, newurl))
        if (new.scheme, new.netloc) != (old.scheme, old.netloc):
            raise InputError(f"{req.full_url} redirects to another host, {new.netloc!r}: refused")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _is_whole(path: Path, file: RemoteFile) -> bool:
    try:
        if path.stat().st_size != file.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    except OSError:
        return False


def _download(
    address: str, file: RemoteFile, path: Path, counted: _Counter, stop: threading.Event
) -> Path:
    partial = path.with_name(path.name + PARTIAL)
    reason = ""
    for _ in range(ATTEMPTS):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _read_into(partial, address, file, counted, stop)
        except urllib.error.HTTPError as error:
            reason = f"the server answers {error.code} {error.reason}"
            if error.code < 500:
                break
            continue
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            reason = str(getattr(error, "reason", error))
            continue
        except OSError as error:
            raise InputError(f"{str(path)!r} cannot be written: {error}") from error
        if stop.is_set():
            raise InputError("stopped")
        if _is_whole(partial, file):
            partial.replace(path)
            return path
        got = partial.stat().st_size
        partial.unlink()
        counted.add(-got)
        reason = f"what came is not what is listed ({got} bytes of {file.size}, or another SHA-256)"
    raise InputError(
        f"{address} could not be fetched: {reason}. What is whole is kept: run the command again "
        "to go on, or name a copy with --mirror"
    )


def _read_into(
    partial: Path, address: str, file: RemoteFile, counted: _Counter, stop: threading.Event
) -> None:
    """Append what is missing of a file; never more than a byte beyond what is listed."""
    have = partial.stat().st_size if partial.exists() else 0
    if have > file.size:
        partial.unlink()
        have = 0
    counted.add(have)
    added = have
    try:
        if have == file.size:
            return
        request = urllib.request.Request(address, headers={"User-Agent": "kinesis_fast"})
        if have:
            request.add_header("Range", f"bytes={have}-")
        opener = urllib.request.build_opener(_SameHost)
        with opener.open(request, timeout=TIMEOUT) as answer:
            if have and answer.status != 206:  # it sends the whole file again
                counted.add(-have)
                added, have = 0, 0
            with partial.open("ab" if have else "wb") as out:
                while added <= file.size and not stop.is_set():
                    chunk = answer.read(min(CHUNK, file.size + 1 - added))
                    if not chunk:
                        break
                    out.write(chunk)
                    added += len(chunk)
                    counted.add(len(chunk))
    except BaseException:
        with contextlib.suppress(Exception):
            counted.add(-added)
        raise
