"""The page in a real browser: headless Chromium, driven by selenium.

Screenshots are kept where ``KINESIS_FAST_SCREENSHOTS`` names a folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import HOW, open_browser, programs

from kinesis_fast.learn.checkpoint import load
from kinesis_fast.play import PlaySession
from kinesis_fast.play.page import Page

selenium = pytest.importorskip("selenium")
from selenium.webdriver.common.by import By  # noqa: E402

browsers = pytest.mark.skipif(programs() is None, reason=HOW)
PATIENCE = 120.0
"""s: the machine may be busy, and draws the page in software."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    served = Page(PlaySession(load("shipped_live")), 0)
    thread = threading.Thread(target=served.loop.run, daemon=True)
    thread.start()
    yield served
    served.close()
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.fixture
def open_page(page: Page) -> Iterator[Callable[[], Any]]:
    with contextlib.ExitStack() as opened:

        def look() -> Any:
            driver = opened.enter_context(open_browser(640, 420))
            driver.get(page.address)
            until(lambda: "commanded" in text(driver))
            return driver

        yield look


def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)


def text(driver: Any) -> str:
    found: str = driver.find_element(By.TAG_NAME, "body").text
    return found


def read(driver: Any, name: str, which: int = 0) -> float:
    """A number of the read-outs: the measured one, or the commanded one."""
    line = next(line for line in text(driver).splitlines() if line.startswith(name))
    return float(re.findall(r"-?\d+\.?\d*", line)[which])


CLICK = """
const button = [...document.querySelectorAll("button")].find(
    (each) => each.innerText.trim() === arguments[0]);
button?.click();
return button !== undefined;
"""


def press(driver: Any, label: str) -> None:
    """Found and clicked in the page itself, which may draw its buttons anew at any time."""
    until(lambda: driver.execute_script(CLICK, label))


def keep(driver: Any, name: str) -> None:
    folder = os.environ.get("KINESIS_FAST_SCREENSHOTS")
    if folder:
        driver.save_screenshot(str(Path(folder) / f"{name}.png"))


def resident() -> int:
    """Memory of this process now, bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@browsers
def test_driving_on_the_page(
    page: Page, open_page: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, downloads = open_page(), tmp_path
    monkeypatch.setattr("kinesis_fast.play.page.FILMS", tmp_path / "films")
    driver.execute_cdp_cmd(
        "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
    )
    keep(driver, "standing")
    press(driver, "← 4")
    until(lambda: read(driver, "direction", 1) == 90)
    until(lambda: read(driver, "facing", 1) == 90)
    until(lambda: read(driver, "facing") > 15)  # it turns
    keep(driver, "turning")
    press(driver, "■ 5")
    until(lambda: read(driver, "speed", 1) == 0)

    press(driver, "Pause (P)")
    until(lambda: "paused" in text(driver))
    before = read(driver, "time")
    time.sleep(0.5)
    assert read(driver, "time") == before
    press(driver, "Go on (P)")
    until(lambda: "paused" not in text(driver))

    press(driver, "Record")
    until(lambda: "Stop recording" in text(driver))
    begun = page.loop.simulated
    until(lambda: page.loop.simulated > begun + 1.0)
    press(driver, "Stop recording")
    press(driver, "Pause (P)")  # A browser that draws in software leaves the video no processor.
    until(lambda: bool(list(downloads.glob("*.mp4"))), 2 * PATIENCE)
    assert len(list((tmp_path / "films").glob("*.mp4"))) == 1
    press(driver, "Go on (P)")
    until(lambda: "paused" not in text(driver))

    page.loop.order(lambda: page._dragged(np.array([0.0, -1.0, 0.0])))
    until(lambda: read(driver, "direction", 1) == -90)
    press(driver, "■ 5")

    def saying() -> bool:
        press(driver, "Say")  # again: a body that falls has done with its sentence
        return "doing walk 2 m" in text(driver)

    until(saying)
    keep(driver, "said")
    press(driver, "■ 5")
    until(lambda: "doing" not in text(driver))

    falls = read(driver, "height", 1)
    page.loop.order(lambda: page.session.push(3000.0, 0.0, 0.2))
    until(lambda: read(driver, "height", 1) > falls)
    press(driver, "Push")

    until(lambda: read(driver, "time") > 0)
    press(driver, "Pause (P)")  # A fall begins anew as well: nobody falls while paused.
    until(lambda: "paused" in text(driver))
    press(driver, "Reset (R)")
    until(lambda: read(driver, "time") == 0)
    keep(driver, "reset")
    press(driver, "Go on (P)")
    until(lambda: "paused" not in text(driver))


TYPE = """
const input = [...document.querySelectorAll("input")].find((each) => each.value === arguments[0]);
const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
if (input) {
  set.call(input, arguments[1]);
  input.dispatchEvent(new Event("input", {bubbles: true}));
}
return input !== undefined;
"""
SAID = (
    ("walk 2 m, wait, no, 1 m", "doing walk 1 m"),
    ("turn left, no, the other way", "doing turn right 90"),
    ("take two steps forward and one step back, twice", "doing walk 2 steps"),
    ("walk slowly, sorry, fast", "doing walk fast"),
    ("step right, no, left", "doing step left 1 step"),
    ("walk a circle (left turn)", "doing walk circle left"),
    ("walk 3 steps, I mean 4", "doing walk 4 steps"),
    ("run 5 m", "doing run 5 m"),
    ("walk not left but backwards", "doing walk backward"),
    ("stop", "doing stand"),
)
"""What is typed, one after the other, and what the page then says."""


def answered(driver: Any, typed: str, sentence: str, answer: str) -> bool:
    driver.execute_script(TYPE, typed, sentence)
    press(driver, "Say")  # again: a body that falls has done with its sentence
    time.sleep(0.3)
    return answer in text(driver)


@browsers
def test_ten_sentences_in_a_row(page: Page, open_page: Callable[[], Any]) -> None:
    driver = open_page()
    typed = "walk 2 m, turn left, stop"
    for sentence, answer in SAID:
        until(partial(answered, driver, typed, sentence, answer))
        typed = sentence
    press(driver, "■ 5")


@browsers
def test_two_viewers_and_coming_back(page: Page, open_page: Callable[[], Any]) -> None:
    first = open_page()
    second = open_page()
    until(lambda: "2 looking on" in text(second))
    press(first, "↑ 8")
    until(lambda: read(second, "speed", 1) == 1.0)
    press(second, "↓ 2")  # it may only watch
    until(lambda: "You are watching" in text(second))
    assert read(first, "direction", 1) == 0
    keep(second, "watching")
    first.quit()
    until(lambda: "1 looking on" in text(second))
    press(second, "■ 5")
    until(lambda: read(second, "speed", 1) == 0)
    third = open_page()
    until(lambda: "2 looking on" in text(third))


def test_clients_that_come_and_go_and_talk_nonsense(page: Page) -> None:
    time_before = page.loop.session.snapshot().time
    memory = 0
    for number in range(100):
        with socket.create_connection(("127.0.0.1", page.port), timeout=10) as one:
            nonsense = (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100_000, b"GET " + b"a" * 200_000)
            with contextlib.suppress(OSError):
                one.sendall(nonsense[number % 4])
        if number == 20:
            memory = resident()
    assert resident() - memory < 50_000_000
    until(lambda: page.loop.session.snapshot().time != time_before)


def test_a_browser_that_comes_while_the_page_is_sent_ends_nothing(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    raced: list[None] = []

    def race(*_: Any, **__: Any) -> None:
        raced.append(None)
        raise RuntimeError("deque mutated during iteration")

    monkeypatch.setattr(page.stage, "draw", race)
    monkeypatch.setattr(page, "_viewers", [0])
    before = page.loop.simulated
    until(lambda: len(raced) > 3 and page.loop.simulated > before + 0.2)


def test_nothing_but_this_machine_is_listened_on(page: Page) -> None:
    assert page.server.get_host() == "127.0.0.1"
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    mine = [address for address in local if int(address.split(":")[1], 16) == page.port]
    assert mine
    assert all(address.startswith("0100007F") for address in mine)


def test_a_flood_of_orders_is_dropped_and_holds_nothing_up(page: Page) -> None:
    done: list[None] = []
    before = page.loop.simulated
    for _ in range(100_000):
        page.loop.order(lambda: done.append(None))
    until(lambda: page.loop.simulated > before + 0.5)
    assert 0 < len(done) < 100_000
