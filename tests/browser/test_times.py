"""Moments on a page: in the reader's zone, recent ones by their age, which goes on while somebody looks."""

from __future__ import annotations

import pytest

from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow

pytestmark = pytest.mark.asyncio(loop_scope="session")

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS

GROW_OLD = """(time, ageMs) => {
  time.dataset.timeMs = String(Date.now() - ageMs);
  time.title = '';
  document.dispatchEvent(new Event('visibilitychange'));
}"""

ABSOLUTE = """(time) => new Intl.DateTimeFormat("en", {dateStyle: "medium", timeStyle: "short", hourCycle: "h23",
  timeZone: "Asia/Kolkata"}).format(Number(time.dataset.timeMs))"""

TICKS = """() => {
  const ticking = new Set();
  const {setInterval, clearInterval} = window;
  window.setInterval = (tick, ms) => {
    const id = setInterval.call(window, tick, ms);
    if (ms === 30000) ticking.add(id);
    return id;
  };
  window.clearInterval = (id) => (ticking.delete(id), clearInterval.call(window, id));
  let isHidden = false;
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => isHidden});
  return [false, true, false, false].map((hidden) => {
    isHidden = hidden;
    document.dispatchEvent(new Event('visibilitychange'));
    return ticking.size;
  });
}"""


async def test_times_are_in_the_readers_zone_and_recent_ones_are_ages(forum: Forum, open_window: OpenWindow) -> None:
    thread = await forum.thread("Times")
    window = await open_window(timezone_id="Asia/Kolkata", locale="de-DE")
    await window.open(forum.path(thread))
    await forum.post(thread, "later")
    await window.expect_numbers([1, 2])
    for time in await window.page.locator("#posts time").all():
        assert await time.inner_text() in {"now", "1 minute ago", "2 minutes ago"}
        assert "GMT+5:30" in (await time.get_attribute("title") or "")
        await time.evaluate(GROW_OLD, 3.5 * MINUTE_MS)
        assert await time.inner_text() == "3 minutes ago"
        await time.evaluate(GROW_OLD, 2 * DAY_MS)
        assert await time.inner_text() == await time.evaluate(ABSOLUTE)
        assert "GMT+5:30" in (await time.get_attribute("title") or "")


async def test_page_has_one_timer_for_its_times_and_none_while_hidden(forum: Forum, open_window: OpenWindow) -> None:
    window = await open_window()
    await window.open(forum.path(await forum.thread("Ticking", 3)))
    assert await window.page.evaluate(TICKS) == [1, 0, 1, 1]


async def test_times_speak_the_language_of_the_page(forum: Forum, open_window: OpenWindow) -> None:
    window = await open_window(locale="es-ES")
    await window.open(forum.path(await forum.thread("Horas")))
    time = window.page.locator("#posts time").first
    await time.evaluate(GROW_OLD, 3.5 * MINUTE_MS)
    assert await time.inner_text() == "hace 3 minutos"
