"""Every kind of page, as a guest and as an administrator, in light and dark: axe-core finds nothing, the console is
silent, and nothing is asked for that the content policy forbids (Chromium tells the console of it)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from starlette.routing import Route

from tertulia_server.web.routes import routes
from tests.browser.forum import Forum
from tests.browser.windows import OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE: Final = Path(__file__).parents[2] / "client" / "js" / "node_modules" / "axe-core" / "axe.min.js"

RUN: Final = """async (rules) => {
  const only = rules === null ? {} : {runOnly: {type: 'rule', values: rules}};
  const {violations} = await axe.run(document, {resultTypes: ['violations'], iframes: false, ...only});
  return violations.map(({id, nodes}) => `${id}: ${nodes.map(({target}) => target.join(' ')).slice(0, 5).join(', ')}`);
}"""

TEXT: Final = """> quoted

Some **words**, `code`, a [link](/threads/1)

1. one
2. two

| a | b |
|---|---|
| c | d |"""

NOWHERE: Final = "/nowhere"

NO_PAGES: Final = re.compile(
    r"/(api|static|healthz|readyz|metrics|words|robots|sitemap|posts/\{post\}$|threads/\{thread\}/unread)|\.atom$|/page-"
)
"""Answers for programs, addresses that lead on to a page, and further pages of what is visited by its first."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def places(forum: Forum) -> dict[str, str]:
    """Addresses by their routes: of a thread in which everything has happened that shows."""
    people = forum.people
    thread = await forum.thread("Everything that shows", 24)
    first, *others = await forum.posts(thread)
    await forum.edit(first, TEXT)
    await forum.remove(others[0])
    await forum.call("PUT", f"/api/posts/{first['id']}/rating", people.marisol, {"mark": "positive"})
    await forum.post(thread, f"@{people.admin.name} look here", by=people.marisol)
    base = f"/threads/{thread['id']}"
    webhook = {"label": "chat", "url": "http://127.1/in", "channel": f"thread:{thread['id']}"}
    made = await forum.call_signed_in("POST", "/api/webhooks", people.admin, webhook)
    await forum.post(thread, "for the webhook, which is not sent to this machine")
    await _until_attempted(forum, made["webhook"]["id"])
    values = {
        "{webhook}": str(made["webhook"]["id"]),
        "{forum}": str(people.forum_id),
        "{thread}": str(thread["id"]),
        "{post}": str(first["id"]),
        "{member}": str(people.marisol.id),
    }
    paths = {route: _fill(route, values) for route in _page_routes()}
    removed = f"/posts/{others[0]['id']}/restore"
    return (
        paths
        | {"/posts/{post}/restore": removed, "second page": f"{base}/page-2", "nothing": NOWHERE}
        | {
            "found": "/search?q=words&author=ignacio",
            "not found": "/search?q=zzzz",
        }
    )


async def _until_attempted(forum: Forum, webhook_id: int) -> None:
    path = f"/api/webhooks/{webhook_id}/deliveries"
    async with asyncio.timeout(20):
        while not (await forum.call("GET", path, forum.people.admin))["deliveries"]:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


def _page_routes() -> list[str]:
    """Every address that a browser may be led to."""
    found = [route.path for route in routes() if isinstance(route, Route)]
    return [path for path in found if "GET" in _methods(path) and not NO_PAGES.search(path)]


def _methods(path: str) -> set[str]:
    route = next(route for route in routes() if isinstance(route, Route) and route.path == path)
    cells = [cell.cell_contents for cell in route.endpoint.__closure__ or ()]
    return {method for cell in cells if isinstance(cell, dict) for method in cell}


def _fill(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(name, value)
    return path


async def test_every_address_for_a_browser_is_visited(places: dict[str, str]) -> None:
    assert {"/", "/search", "/threads/{thread}", "/posts/{post}/history"} <= set(_page_routes()) <= set(places)
    assert [path for path in places.values() if "{" in path] == []


async def test_guests_and_administrators_meet_no_obstacle(
    forum: Forum, open_window: OpenWindow, places: dict[str, str]
) -> None:
    found: list[str] = []
    for person in (None, forum.people.admin):
        window = await open_window(person, origin=forum.server.url)
        for path in places.values():
            found += await _look(window, forum.server.url, path)
        await window.page.set_viewport_size({"width": 360, "height": 700})
        found += [await _overflow(window, forum.server.url, path) for path in places.values()]
    assert [fault for fault in found if fault] == []


async def _overflow(window: Window, origin: str, path: str) -> str:
    """On a phone nothing stands beyond the right edge, and every link of the head has its words."""
    known = len(window.complaints)
    await window.page.goto(origin + path)
    window.complaints[known:] = []  # the page was looked at before
    width = await window.page.evaluate("() => document.documentElement.scrollWidth")
    return f"{path} is {width} wide on a phone of 360" if width > 360 else ""


async def _look(window: Window, origin: str, path: str) -> list[str]:
    page = window.page
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    known = len(window.complaints)
    answer = await page.goto(origin + path)
    assert answer is not None
    assert answer.status < 500
    if answer.status >= 400 and path != NOWHERE:
        window.complaints[known:] = []  # of the status; what a refusal looks like is seen at NOWHERE
        return []
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = [f"{path} {fault}" for fault in await page.evaluate(RUN, None)]
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"{path} dark {fault}" for fault in await page.evaluate(RUN, ["color-contrast"])]
    if path == NOWHERE:
        window.complaints[known:] = [line for line in window.complaints[known:] if "status of 404" not in line]
    return found
