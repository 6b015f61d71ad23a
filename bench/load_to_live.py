"""A thread page of 20 posts in the system's Chromium: from the click to the moment when the page is live.

    python -m bench.load_to_live [--loads 15]

The first visit keeps nothing; a further one has style and script kept, as on the next page of a thread. Server
and browser share the machine's cores, so the figure is one for this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, async_playwright

from bench.figure import Figure, Measured, show
from bench.http_servers import serve
from bench.pages import make_thread

BAR_MS: Final = 300.0
LIMIT_MS: Final = 20_000
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")

KEEP_LIVE: Final = """new MutationObserver(() => {
  const state = document.getElementById('live-state')?.dataset.state;
  if (state === 'live') window.liveAtMs ??= performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-state']});
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach(({value}) => { window.shifted += value; }))
  .observe({type: 'layout-shift', buffered: true});"""


class Visit:
    """What one load of the page took."""

    def __init__(self) -> None:
        self.requests = 0
        self.received_bytes = 0
        self.live_ms = 0.0
        self.shifted = 0.0

    async def go(self, context: BrowserContext, url: str) -> Visit:
        page = await context.new_page()
        network = await context.new_cdp_session(page)
        network.on("Network.loadingFinished", self._finished)
        await network.send("Network.enable")
        await page.add_init_script(KEEP_LIVE)
        await page.goto(url)
        await page.wait_for_function("() => window.liveAtMs !== undefined", timeout=LIMIT_MS)
        self.live_ms = await page.evaluate("() => window.liveAtMs")
        self.shifted = await page.evaluate("() => window.shifted")
        await page.close()
        return self

    def _finished(self, told: dict[str, Any]) -> None:
        self.requests += 1
        self.received_bytes += int(told["encodedDataLength"])


async def visit(browser: Browser, url: str, loads: int) -> tuple[list[Visit], list[Visit]]:
    """First visits, and further ones by the same browsers."""
    first, further = [], []
    for _ in range(loads):
        context = await browser.new_context()
        first.append(await Visit().go(context, url))
        further.append(await Visit().go(context, url))
        await context.close()
    return first, further


async def measure(url: str, chromium: str, loads: int) -> tuple[list[Visit], list[Visit]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        await visit(browser, url, 2)  # warm
        try:
            return await visit(browser, url, loads)
        finally:
            await browser.close()


def run(folder: Path, loads: int = 15) -> Measured:
    chromium = next((path for path in map(shutil.which, CHROMIUM) if path), None)
    if chromium is None:
        return [], ["load to live: NOT RUN, there is no Chromium"]
    database = f"sqlite:///{folder / 'forum.db'}"
    path = asyncio.run(make_thread(database))
    with serve("tertulia_server.app:create_app_from_environment", folder, {"TERTULIA_DATABASE": database}) as server:
        visits = asyncio.run(measure(f"http://127.0.0.1:{server.port}{path}", chromium, loads))
    names = ("thread page of 20 posts: load to live, first visit", "  the same, style and script kept")
    figures = [
        Figure(name, "ms", statistics.median(each.live_ms for each in some), bar=BAR_MS)
        for name, some in zip(names, visits, strict=True)
    ]
    return figures, [_remark(kind, some) for kind, some in zip(("first", "further"), visits, strict=True)]


def _remark(kind: str, visits: list[Visit]) -> str:
    slowest = max(each.live_ms for each in visits)
    typical = visits[len(visits) // 2]
    shifted = max(each.shifted for each in visits)
    words = f"{typical.requests} requests, {typical.received_bytes:,} bytes, layout shift {shifted:g}"
    return f"{kind} visits: {len(visits)} loads, the slowest {slowest:.0f} ms; {words}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--loads", type=int, default=15)
    options = parser.parse_args()
    show(lambda folder: run(folder, options.loads))


if __name__ == "__main__":
    main()
