"""What browsers send to the page, and what of it reaches the page."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from kinesis_fast.learn.checkpoint import load
from kinesis_fast.play import PlaySession
from kinesis_fast.play.inlet import from_here, same_origin, wrong_message, wrong_value
from kinesis_fast.play.page import Page

msgspec = pytest.importorskip("msgspec")
viser = pytest.importorskip("viser")
client = pytest.importorskip("websockets.sync.client")

PROTOCOL = f"viser-v{viser.__version__}"
CAMERA = {
    "type": "ViewerCameraMessage",
    "wxyz": [1.0, 0.0, 0.0, 0.0],
    "position": [1.0, 0.0, 0.0],
    "look_at": [0.0, 0.0, 0.0],
    "up_direction": [0.0, 0.0, 1.0],
    "fov": 1.0,
    "near": 0.01,
    "far": 1000.0,
    "image_height": 600,
    "image_width": 800,
}


def control(value: object, **more: object) -> Any:
    return SimpleNamespace(value=value, label="Force", **more)


@pytest.mark.parametrize(
    ("value", "of", "fits"),
    [
        (150, control(100.0, min=0, max=600), True),
        (600.0000001, control(100.0, min=0, max=600), True),
        (601, control(100.0, min=0, max=600), False),
        (float("nan"), control(100.0, min=0, max=600), False),
        (None, control(100.0, min=0, max=600), False),
        (True, control(100.0), False),
        (10**400, control(100.0), False),
        ("left", control("right", options=("left", "right")), True),
        ("up", control("right", options=("left", "right")), False),
        (["left"], control("right", options=("left", "right")), False),
        ([0.5, -1], control((0.0, 0.0), min=(-2.0, -2.0), max=(2.0, 2.0)), True),
        ([0.5], control((0.0, 0.0)), False),
        ([0.5, 1.0, 2.0], control((0.0, 0.0)), False),
        ([0.5, 3.0], control((0.0, 0.0), min=(-2.0, -2.0), max=(2.0, 2.0)), False),
        (1.0, control((0.0, 0.0)), False),
        (True, control(False), True),
        ("yes", control(False), False),
        ("walk", control("stand"), True),
        ("w" * 5000, control("stand"), False),
        (3, control("stand"), False),
    ],
)
def test_values_of_controls(value: object, of: Any, fits: bool) -> None:
    assert (wrong_value(value, of) is None) == fits


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": 3},
        {"type": "ShareUrlRequest"},
        {"type": "GuiUpdateMessage"},
        {"type": "GuiUpdateMessage", "uuid": "a", "updates": {"value": 1.0, "label": "x"}},
        {"type": "GuiUpdateMessage", "uuid": "a", "updates": {"update_cb": [1]}},
        {"type": "GuiUpdateMessage", "uuid": "a", "updates": {"removed": True}},
        {"type": "GuiUpdateMessage", "uuid": "b", "updates": {"value": 1.0}},
        {"type": "GuiUpdateMessage", "uuid": ["a"], "updates": {"value": 1.0}},
        {"type": "CommandTriggerMessage"},
        {"type": "TransformControlsUpdateMessage", "name": "/drag_me", "wxyz": [1, 0, 0, 0]},
        {
            "type": "TransformControlsUpdateMessage",
            "name": "/drag_me",
            "wxyz": [1, 0, 0, 0],
            "position": [1],
        },
        {**CAMERA, "fov": None},
        {**CAMERA, "position": [1.0, float("inf"), 0.0]},
        {**CAMERA, "more": 1},
    ],
)
def test_messages_that_no_page_sends(message: dict[str, Any]) -> None:
    assert wrong_message(message, {"a": control(0.5)})


def test_messages_that_a_page_sends() -> None:
    for message in (
        CAMERA,
        {"type": "GuiUpdateMessage", "uuid": "a", "updates": {"value": 1}},
        {"type": "CommandTriggerMessage", "uuid": "a"},
        {
            "type": "TransformControlsUpdateMessage",
            "name": "/drag_me",
            "wxyz": [1, 0, 0, 0],
            "position": [1, 0.5, -0.85],
            "owner": "",
        },
    ):
        assert wrong_message(message, {"a": control(0.5)}) is None


@pytest.mark.parametrize(
    ("host", "origin", "admitted"),
    [
        ("127.0.0.1:8080", None, True),
        ("localhost:8080", "http://localhost:8080", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("127.0.0.1:8080", "http://127.0.0.1:9090", False),
        ("127.0.0.1:8080", "http://elsewhere.example", False),
        ("127.0.0.1:8080", "null", False),
        ("127.0.0.1:8080", "http://[", False),
        ("elsewhere.example:8080", "http://elsewhere.example:8080", False),
        ("elsewhere.example:8080", None, False),
        (None, None, False),
    ],
)
def test_which_pages_may_come_in(host: str | None, origin: str | None, admitted: bool) -> None:
    fields = {k: v for k, v in (("host", host), ("origin", origin)) if v is not None}
    assert from_here(fields) == admitted
    assert same_origin(fields) or not admitted


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    served = Page(PlaySession(load("shipped_guided")), 0)
    thread = threading.Thread(target=served.loop.run, daemon=True)
    thread.start()
    yield served
    served.close()
    thread.join(timeout=10)
    assert not thread.is_alive()


def goes_on(page: Page) -> bool:
    before = page.loop.simulated
    end = time.monotonic() + 60.0
    while page.loop.simulated < before + 0.2 and time.monotonic() < end:
        time.sleep(0.05)
    return page.loop.simulated >= before + 0.2


def connect(page: Page, **more: Any) -> Any:
    return client.connect(
        f"ws://127.0.0.1:{page.port}", subprotocols=[PROTOCOL], max_size=None, **more
    )


def test_a_foreign_page_is_turned_away(page: Page) -> None:
    from websockets.exceptions import InvalidStatus

    for origin in ("http://elsewhere.example", f"http://127.0.0.1:{page.port + 1}"):
        with pytest.raises(InvalidStatus, match="403"), connect(page, origin=origin):
            pass
    with connect(page, origin=f"http://127.0.0.1:{page.port}") as own:
        assert own.recv(timeout=30)


def test_nothing_that_is_sent_ends_the_page(page: Page, capfd: pytest.CaptureFixture[str]) -> None:
    """Attributes of controls above all: viser would set any."""
    told: list[str] = []
    page._inlet._tell = told.append
    rng = random.Random(0)
    controls = page.server.gui._gui_input_handle_from_uuid
    known = [*controls, "nothing"]
    values = [None, -1, 1e400, "x", [], [1], [1, 2, 3], {}, True, "y" * 10_000, b"z", 1e9]
    names = ["value", "update_cb", "removed", "sync_cb", "label", "is_button", "min", "options"]
    labels = {uuid: handle.label for uuid, handle in controls.items()}
    kinds = [kind for kind in vars(viser._messages) if kind.endswith("Message")]
    with connect(page) as hostile:
        hostile.send(msgspec.msgpack.encode(CAMERA))
        for _ in range(600):
            value, name = rng.choice(values), rng.choice(names)
            message: Any = {
                "type": rng.choice(["GuiUpdateMessage", *kinds]),
                "uuid": rng.choice(known),
                "name": "/drag_me",
                "updates": {name: value},
                rng.choice(["wxyz", "position", "owner"]): value,
            }
            if rng.random() < 0.1:
                message = rng.choice([value, [message], {"type": "GuiUpdateMessage"}])
            raw = msgspec.msgpack.encode(message)
            hostile.send(raw[: rng.randrange(len(raw))] if rng.random() < 0.1 else raw)
        hostile.send("text")
        assert goes_on(page)
    assert {uuid: handle.label for uuid, handle in controls.items()} == labels
    assert not any(handle._impl.removed for handle in controls.values())
    assert 0 < len(told) <= 100
    assert len(set(told)) == len(told)
    assert "Traceback" not in capfd.readouterr().err
    with connect(page) as again:
        assert again.recv(timeout=30)


def test_orders_that_fail_end_nothing(page: Page) -> None:
    told: list[str] = []
    page.loop._complain = told.append
    session: Any = page.session
    orders = [
        lambda: session.push(100.0, "up"),
        lambda: session.push(None, 0.0),
        lambda: session.push(100.0, 0.0, body="nobody"),
        lambda: session.go_to([1.0, 2.0]),
        lambda: page._go("up and away"),
        lambda: page._stick([1.0]),
        lambda: page._stick([1.0, 2.0, 3.0]),
        lambda: page._stick(None),
        lambda: page._dragged([1.0]),
        lambda: page._dragged(None),
        lambda: page._say("walk inf steps, take nan steps, walk " + "9" * 400 + " steps"),
        lambda: page._say("walk 1 m and repeat 1e9 times"),
        lambda: page._say("walk 1 m, turn left" + ", then do it again" * 16),
        lambda: session.weaken("soleus", "half"),
        lambda: 1 / 0,
    ]
    for order in orders:
        page.loop.order(order)
    assert goes_on(page)
    assert len(told) == len(orders), told
    assert all("\n" not in reason for reason in told)


def test_so_many_browsers_and_no_more(page: Page) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.ExitStack() as opened:
        for _ in range(16):
            opened.enter_context(connect(page)).recv(timeout=60)
        with connect(page) as late, pytest.raises(ConnectionClosed, match="1013"):
            while True:
                late.recv(timeout=30)
        assert goes_on(page)
