"""A browser without a window, for the tests of pages and for the site's pictures of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOW = "needs Chromium and its driver; on Debian: apt-get install chromium chromium-driver"


def programs() -> tuple[str, str] | None:
    """Where browser and driver are; None: one of them is missing."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def open_browser(width: int, height: int, *, logs: bool = False) -> Iterator[Any]:
    """Open a window of so many pixels, which draws WebGL in software; with ``logs``, keep them."""
    from selenium import webdriver

    found = programs()
    if found is None:
        raise RuntimeError(HOW)
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        f"--window-size={width},{height}",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
    ):
        options.add_argument(argument)
    if logs:
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(found[1]))
    try:
        yield driver
    finally:
        driver.quit()
