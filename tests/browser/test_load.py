"""What a thread page of twenty posts costs until it is live: requests, bytes, and nothing that moves meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.forum import Forum
from tests.browser.windows import LIVE_LIMIT_MS, OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_BYTES: Final = {"guest": 60 * 1024, "member": 116 * 1024}
"""Of page, style, script and icon on the line, the first time; script and style are kept for the next page. What is
made for one member is not compressed."""

KEEP_SHIFTS: Final = """window.shifts = [];
const words = (node) => `${node?.nodeName} ${(node?.outerHTML ?? node?.textContent ?? '').slice(0, 120)}`;
new PerformanceObserver((list) => window.shifts.push(
  ...list.getEntries().map(({value, sources}) => ({value, nodes: sources.map(({node}) => words(node))}))
)).observe({type: 'layout-shift', buffered: true});"""


@dataclass
class Traffic:
    """What went over the line for a page."""

    paths: list[str] = field(default_factory=list)
    received_bytes: int = 0

    async def watch(self, page: Page) -> None:
        network = await page.context.new_cdp_session(page)
        network.on("Network.loadingFinished", self._on_finished)
        await network.send("Network.enable")
        page.on("request", lambda request: self.paths.append(request.url))

    def _on_finished(self, told: dict[str, Any]) -> None:
        self.received_bytes += int(told["encodedDataLength"])


@pytest.mark.parametrize(
    "viewport", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "phone"]
)
@pytest.mark.parametrize("who", ["guest", "member"])
async def test_page_of_twenty_posts_is_live_after_few_requests_and_never_shifts(
    viewport: dict[str, int], who: str, forum: Forum, open_window: OpenWindow
) -> None:
    thread = await forum.thread(f"Twenty for a {who}, {viewport['width']} wide", 20)
    person = None if who == "guest" else forum.people.marisol
    window = await open_window(person, origin=forum.server.url, viewport=viewport)
    await window.page.add_init_script(KEEP_SHIFTS)
    traffic = Traffic()
    await forum.first_guest(thread)
    await traffic.watch(window.page)

    await window.open(forum.path(thread))
    await expect(window.page.locator("#presence")).to_have_text(
        "1 reading" if person is None else "1 reading: Marisol", timeout=LIVE_LIMIT_MS
    )
    await window.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")

    names = sorted(path.rsplit("/", 1)[-1].partition("?")[0].rsplit(".", 1)[-1] for path in traffic.paths[1:])
    scripts = ["js", "js"]  # the page's, and that of the worker which holds the line for all tabs
    assert names in (["css", *scripts], ["css", *scripts, "svg"])
    assert 10_000 < traffic.received_bytes < MAX_BYTES[who]
    assert await window.page.evaluate("() => window.shifts") == []
