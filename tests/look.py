"""`make look`: a report in a headless browser, as its readers have it.

    python -m tests.look [PAGE]

At three widths, light and dark, with and without its script, and on paper: nothing is wider than
the screen, no request, no message on the console, no finding of axe-core that is serious. The
screenshots and the PDF are for looking at. Without a PAGE the report of the latest run.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from runner.paths import CACHE, ROOT
from runner.results import latest

WIDTHS = (360, 768, 1280)
INSTALL = "sudo apt-get install chromium"
MOST = 1_800
"""Pixels of one screenshot."""


def main(page: Path) -> int:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write(f"look: there is no chromium; type: {INSTALL}\n")
        return 5
    from playwright.sync_api import sync_playwright

    shots = CACHE / "look"
    shutil.rmtree(shots, ignore_errors=True)
    shots.mkdir(parents=True)
    faults: list[str] = []
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                faults += seen(opened, page, width, scheme, shots)
        paper = opened.new_context(java_script_enabled=False).new_page()
        paper.goto(page.as_uri())
        paper.pdf(path=shots / "paper.pdf", format="A4")
        opened.close()
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    sys.stdout.write(f"look: {page}: {len(faults)} faults; screenshots in {shots}\n")
    return 1 if faults else 0


def seen(browser: Any, page: Path, width: int, scheme: str, shots: Path) -> Iterator[str]:
    """What is wrong with it at one width, in one theme."""
    where = f"{width} pixels, {scheme}"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.on("request", lambda request: said.append(f"request: {request.url[:80]}"))
    tab.goto(page.as_uri())
    own = ("request: file:", "request: data:")
    yield from (f"{where}: {each}" for each in said if not each.startswith(own))
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{where}: {wide} pixels wider than the screen"
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    for each in found["violations"]:
        first = each["nodes"][0]["html"][:100]
        yield f"{where}: axe: {each['impact']}: {each['id']}, {len(each['nodes'])} times: {first}"
    height = tab.evaluate("document.documentElement.scrollHeight")
    for number, y in enumerate(range(0, height, MOST)):
        clip = {"x": 0, "y": y, "width": width, "height": min(MOST, height - y)}
        name = f"{width}-{scheme}-{number:02}.png"
        tab.screenshot(path=shots / name, clip=clip, full_page=True)
    context.close()


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else latest(ROOT / "results").path
    sys.exit(main((given / "report.html" if given.is_dir() else given).resolve()))
