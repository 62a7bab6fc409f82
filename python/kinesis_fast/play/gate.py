"""The door of the page: who may come in, from where.

The page itself listens on 127.0.0.1 alone. Whoever asks for another interface gets this door in
front of it: the first request of every connection must carry the token, in the address or in the
cookie that the address left behind, and a page of another site gets nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from urllib.parse import parse_qs, urlsplit

from kinesis_fast.errors import InputError
from kinesis_fast.play.inlet import same_origin

COOKIE = "kinesis_fast"
LARGEST_HEAD = 16_384
"""Bytes of a request's head."""
SECONDS = 10.0
"""In which a head must have come."""
MOST_CONNECTIONS = 256
CHUNK = 65_536


class Gate:
    """Passes connections on to a page, if they know the token."""

    def __init__(self, host: str, port: int, page_port: int, token: str | None = None) -> None:
        """Listen, in a thread of its own.

        Args:
            host: the interface, as 0.0.0.0.
            port: to listen on.
            page_port: of the page, on 127.0.0.1.
            token: what to know; by default drawn.

        Raises:
            InputError: the address cannot be listened on, or the token is short.
        """
        if token is not None and len(token) < 16:
            raise InputError(
                "a token has at least 16 characters; leave --token out to have one drawn"
            )
        self.token = token or secrets.token_urlsafe(24)
        self._page_port = page_port
        self._open = 0
        started: Future[int] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._listen(host, port, started)), daemon=True
        )
        self._thread.start()
        try:
            self.port = started.result(timeout=SECONDS)
        except OSError as error:
            raise InputError(
                f"cannot listen on {host}:{port}: {error.strerror or error}"
            ) from error

    def close(self) -> None:
        """Listen no more, and end what is open."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=SECONDS)

    async def _listen(self, host: str, port: int, started: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(self._serve, host, port, limit=LARGEST_HEAD)
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST_CONNECTIONS:
                await self._admit(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # gone, slow, or talking too much
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)
        target, fields = parse_head(head)
        if target is None or not same_origin(fields):
            writer.write(answer("403 Forbidden", "Not from here."))
            await writer.drain()
            return
        if self._knows(token_of(target)):
            cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            writer.write(answer("303 See Other", "", {"Location": "/", "Set-Cookie": cookie}))
            await writer.drain()
            return
        if not self._knows(cookie_of(fields)):
            writer.write(answer("401 Unauthorized", "The address lacks its token."))
            await writer.drain()
            return
        page_reader, page_writer = await asyncio.open_connection("127.0.0.1", self._page_port)
        page_writer.write(as_from_here(head, self._page_port))
        await asyncio.gather(_pass_on(reader, page_writer), _pass_on(page_reader, writer))

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())


def parse_head(head: bytes) -> tuple[str | None, dict[str, str]]:
    """Return a request's target and its fields, by lower-case name; None: it is no request."""
    try:
        first, *rest = head.decode("ascii").split("\r\n")
    except UnicodeDecodeError:
        return None, {}
    words = first.split(" ")
    if len(words) != 3 or words[0] not in ("GET", "HEAD") or not words[1].startswith("/"):
        return None, {}
    fields = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    return words[1], fields


def token_of(target: str) -> str:
    """Return the token that an address holds, or nothing."""
    try:
        return parse_qs(urlsplit(target).query).get("token", [""])[0]
    except ValueError:  # no address, or too many fields
        return ""


def as_from_here(head: bytes, port: int) -> bytes:
    """Return a request's head as a browser of this machine would send it to the page itself."""
    here = f"127.0.0.1:{port}".encode()
    first, *lines = head.split(b"\r\n")
    names = {b"host": here, b"origin": b"http://" + here}
    for i, line in enumerate(lines):
        name = line.partition(b":")[0]
        if name.strip().lower() in names:
            lines[i] = name + b": " + names[name.strip().lower()]
    return b"\r\n".join([first, *lines])


def cookie_of(fields: Mapping[str, str]) -> str:
    """Return the token that a request's cookie holds, or nothing."""
    for part in fields.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def answer(status: str, text: str, fields: Mapping[str, str] | None = None) -> bytes:
    """Return an answer that ends the connection."""
    body = text.encode()
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (fields or {}).items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        with contextlib.suppress(OSError):
            writer.close()
