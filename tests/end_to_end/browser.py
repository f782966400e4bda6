"""A Chromium for tests that look at pages: the machine's own, or else one from npm (Linux on x64).

``python -m tests.end_to_end.browser`` makes sure that there is one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from local import npm

PACKAGE = Path(__file__).parent / "browser_package"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath())"
OLDEST_NODE = 22
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu",
         "--no-first-run", "--no-sandbox", "--no-zygote")
"""Pages are this test's own, so no sandbox is needed; root and containers could not have one."""


def program() -> str:
    """The path of the browser. Raises ``npm.NpmError`` when one cannot be had."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or _unpacked(npm.installed(PACKAGE, npm.TOOLS, "chromium"))


def _unpacked(home: Path) -> str:
    if not (home / "chromium").exists():
        subprocess.run([str(npm.node(OLDEST_NODE)), "--input-type=module", "--eval", UNPACK], cwd=home, check=True,
                       env={**os.environ, "TMPDIR": str(home)}, stdout=subprocess.DEVNULL)
    return str(home / "chromium")


@contextmanager
def page(width: int = 1200, height: int = 900) -> Iterator[Page]:
    """An empty page of a new browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(QUIET))
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


if __name__ == "__main__":
    print(program(), file=sys.stderr)
