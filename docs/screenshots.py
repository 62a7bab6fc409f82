"""Pictures of the two pages that the package makes, as a browser shows them.

``python docs/screenshots.py steer PICTURE.png`` or ``... report PICTURE.png``; needs Chromium and
its driver.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from browser import open_browser

PATIENCE = 60.0
"""s for the page to show a body."""
WALK = 4.0
"""s walked before the picture is taken."""
CLOSE = "document.querySelector('.mantine-Notification-closeButton')?.click()"
"""The browser's note that it draws in software."""
SIZES = {"steer": (1200, 760), "report": (1200, 1500)}


def steer(picture: Path) -> None:
    """A body that walks, on the live page."""
    from kinesis_fast.learn.checkpoint import load
    from kinesis_fast.play import PlaySession
    from kinesis_fast.play.page import Page

    page = Page(PlaySession(load("shipped_guided")), 0)
    loop = threading.Thread(target=page.loop.run, daemon=True)
    loop.start()
    try:
        with open_browser(*SIZES["steer"]) as driver:
            driver.get(page.address)
            end = time.monotonic() + PATIENCE
            while "commanded" not in driver.find_element("tag name", "body").text:
                if time.monotonic() > end:
                    sys.exit(f"the page showed nothing in {PATIENCE:.0f} s")
                time.sleep(0.2)
            page.loop.order(lambda: page.session.command(1.0, 30.0, 30.0))
            driver.execute_script(CLOSE)
            time.sleep(WALK)
            page.loop.paused = True  # else the browser may still be drawing what was before
            time.sleep(1.0)
            driver.save_screenshot(str(picture))
    finally:
        page.close()
        loop.join()


def report(picture: Path) -> None:
    """The report on the muscle prior of built-in walking."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["analyze", "report", "prior", "--motions", "gait", "--clip"]
        command += ["walk_comfortable_120", "--out", folder]
        subprocess.run([sys.executable, "-m", "kinesis_fast", *command], check=True)
        with open_browser(*SIZES["report"]) as driver:
            driver.get((Path(folder) / "index.html").as_uri())
            driver.save_screenshot(str(picture))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in SIZES:
        sys.exit(__doc__)
    {"steer": steer, "report": report}[sys.argv[1]](Path(sys.argv[2]))
