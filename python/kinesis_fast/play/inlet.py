"""What browsers may send to the page: from which sites, how much, and what fits a control on it.

viser takes what a browser sends as it comes: attributes of controls by name, values of any kind.
Here a message is looked at before viser is: whatever is no message of a page like ours, or does not
fit the control that it is for, is dropped, and its reason told once.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine in a browser's address line."""
LARGEST_MESSAGE = 1 << 20
"""Bytes that a message may have."""
MOST_BROWSERS = 16
"""At once; each costs the time to send it pictures."""
MESSAGES_A_SECOND = 200.0
"""Of a browser, at most: those that send more are read more slowly."""
LONGEST_TEXT = 4000
"""Characters of a text field."""
LARGEST_NUMBER = 1e6
MOST_REASONS = 100
"""Different ones that are told."""
NUMBERS = {
    "ViewerCameraMessage": {
        "wxyz": 4,
        "position": 3,
        "look_at": 3,
        "up_direction": 3,
        "fov": 1,
        "near": 1,
        "far": 1,
        "image_height": 1,
        "image_width": 1,
    },
    "TransformControlsUpdateMessage": {"wxyz": 4, "position": 3},
    "TransformControlsDragStartMessage": {},
    "TransformControlsDragEndMessage": {},
    "CommandTriggerMessage": {},
    "GuiUpdateMessage": {},
}
"""Messages that are passed on, and how many numbers their fields hold; all others are dropped."""
TEXTS = ("uuid", "name", "owner")


class Inlet:
    """Stands between browsers and a viser server."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Prepare.

        Args:
            tell: is told why something was dropped, from the server's thread.
        """
        self._tell = tell
        self._told: set[str] = set()
        self._open = 0
        self.controls: Mapping[str, Any] = {}
        """What is on the page, by uuid: viser's handles."""

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Guard the viser server that is begun meanwhile; viser has no place for such a guard."""
        from websockets.asyncio import server

        serve = server.serve

        def guarded(handler: Any, *args: Any, **kwargs: Any) -> Any:
            asyncio.get_running_loop().set_exception_handler(self._stumbled)
            files = kwargs["process_request"]

            def admit(connection: Any, request: Any) -> Any:
                if not from_here(request.headers):
                    return connection.respond(http.HTTPStatus.FORBIDDEN, "Not from here.\n")
                return files(connection, request)

            kwargs |= {"process_request": admit, "max_size": LARGEST_MESSAGE}
            return serve(lambda connection: self._hold(handler, connection), *args, **kwargs)

        server.serve = guarded  # type: ignore[assignment, misc]
        try:
            yield
        finally:
            server.serve = serve  # type: ignore[misc]

    async def _hold(self, handler: Any, connection: Any) -> None:
        if self._open >= MOST_BROWSERS:
            self._say(f"A browser was turned away: {MOST_BROWSERS} look on already.")
            await connection.close(1013, "Too many look on.")
            return
        self._open += 1
        receive = connection.recv
        connection.recv = lambda: self._next(receive)
        try:
            await handler(connection)
        except Exception as error:  # of one browser: the others go on
            self._say(f"A browser was left: {type(error).__name__}")
        finally:
            self._open -= 1

    async def _next(self, receive: Callable[[], Any]) -> bytes:
        """Return the next message that may be passed on."""
        while True:
            begun = time.monotonic()
            raw = await receive()
            reason = self._wrong(raw)
            early = 1.0 / MESSAGES_A_SECOND - (time.monotonic() - begun)
            if early > 0:
                await asyncio.sleep(early)
            if reason is None:
                return bytes(raw)
            self._say(f"A browser sent what it cannot: {reason}.")

    def _wrong(self, raw: object) -> str | None:
        import msgspec

        if not isinstance(raw, bytes):
            return "text where messages are packed"
        try:
            message = msgspec.msgpack.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return "something that is no message"
        if not isinstance(message, dict):
            return "something that is no message"
        return wrong_message(message, self.controls)

    def _stumbled(self, _: Any, context: Mapping[str, Any]) -> None:
        self._say(f"The page could not do something: {context.get('message', 'unknown')}.")

    def _say(self, reason: str) -> None:
        if reason not in self._told and len(self._told) < MOST_REASONS:
            self._told.add(reason)
            self._tell(reason)


def same_origin(fields: Mapping[str, str]) -> bool:
    """Tell whether a request comes from the page itself or from no page at all.

    Args:
        fields: of the request's head, by lower-case name.
    """
    origin = fields.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == fields.get("host")
    except ValueError:
        return False


def from_here(fields: Mapping[str, str]) -> bool:
    """Tell whether a request was made by this page, opened by a name of this machine.

    Sites whose own name leads here (by rebinding it) are as foreign as all others.
    """
    host = str(fields.get("host", ""))
    return (host.rpartition(":")[0] or host) in LOOPBACK and same_origin(fields)


def wrong_message(message: Mapping[str, Any], controls: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a message, or None.

    Args:
        message: as viser packs it: ``type``, and its fields.
        controls: what is on the page, by uuid.
    """
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in NUMBERS:
        return f"a message of kind {str(kind)[:40]!r}"
    for name, count in NUMBERS[kind].items():
        if not _are_numbers(message.get(name), count):
            return f"{name} of {kind}: {_short(message.get(name))}"
    for name in set(message) - set(NUMBERS[kind]) - {"type", "updates"}:
        if name not in TEXTS or not isinstance(message[name], str):
            return f"{_short(name)} of {kind}"
    if kind == "GuiUpdateMessage":
        return _wrong_update(message, controls)
    if kind == "CommandTriggerMessage" and "uuid" not in message:
        return f"no uuid of {kind}"
    if kind.startswith("Transform") and "name" not in message:
        return f"no name of {kind}"
    return None


def _wrong_update(message: Mapping[str, Any], controls: Mapping[str, Any]) -> str | None:
    updates, uuid = message.get("updates"), message.get("uuid")
    if uuid is None or not isinstance(updates, dict) or set(updates) != {"value"}:
        return "something else than the value of a control"
    control = controls.get(uuid)
    if control is None:  # it went away meanwhile
        return "a value of nothing that is on the page"
    return wrong_value(updates["value"], control)


def wrong_value(value: object, control: Any) -> str | None:
    """Say why a control of viser's cannot have a value, or None."""
    now, label = control.value, getattr(control, "label", "a control")
    options = getattr(control, "options", None)
    low, high = getattr(control, "min", None), getattr(control, "max", None)
    if options is not None:
        fits = isinstance(value, str) and value in options
    elif isinstance(now, bool):
        fits = isinstance(value, bool)
    elif isinstance(now, str):
        fits = isinstance(value, str) and len(value) <= LONGEST_TEXT
    else:
        count = len(now) if isinstance(now, Sequence) else 1
        fits = _are_numbers(value, count) and _within(value, low, high)
    return None if fits else f"{label} = {_short(value)}"


def _within(value: Any, low: Any, high: Any) -> bool:
    numbers = np.asarray(value, dtype=np.float64)
    slack = 1e-6  # browsers count in single precision
    return bool(
        (low is None or np.all(numbers >= np.asarray(low) - slack))
        and (high is None or np.all(numbers <= np.asarray(high) + slack))
    )


def _are_numbers(value: object, count: int) -> bool:
    numbers = [value] if count == 1 else value
    return (
        isinstance(numbers, list | tuple)
        and len(numbers) == count
        and all(
            isinstance(number, int | float)
            and not isinstance(number, bool)
            and abs(number) <= LARGEST_NUMBER  # NaN is not
            for number in numbers
        )
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
