"""What a reader has seen: the way to the first unread post, watching a thread, and everything read at once."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.notifications import read_late, watch_thread
from tertulia_server.actions.reading import read_everything
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.pages import first_number, page_of
from tertulia_server.forum.rights import check_may_read
from tertulia_server.store.pages import ThreadPage, read_thread_page
from tertulia_server.store.port import Connection
from tertulia_server.store.read_marks import find_mark
from tertulia_server.store.stamps import PagePlace, ThreadStamp
from tertulia_server.store.unread import find_first_unread, find_newest
from tertulia_server.store.watches import is_watching
from tertulia_server.web.addresses import parse_id, parse_id_and_slug, safe_next
from tertulia_server.web.badges import known_badge, read_badge
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import post_url, thread_url
from tertulia_server.web.services import services_of
from tertulia_server.web.wanted import parse_count
from tertulia_wire.codes import Code

FLUSH_LIMIT_S: Final = 1.0
"""How long a page waits for its own mark, to show a badge that knows of it."""

_UNSEEN: Final = ("prefetch", "prerender")


class Reader(NamedTuple):
    """What a thread's page shows its reader of themselves. ``mark`` is None if they were never there."""

    mark: int | None
    is_watching: bool

    def unread_elsewhere(self, page: int, last_number: int) -> bool:
        """Whether the first unread post stands on another page than this."""
        return self.mark is not None and self.mark < last_number and page_of(self.mark + 1) != page


async def read_reader(request: Request, visitor: Visitor, thread_id: int) -> Reader | None:
    """For members; a guest's own device knows what they have read."""
    if visitor.member_id is None:
        return None
    return await services_of(request).store.read(_read_reader, visitor.member_id, thread_id)


async def note_page(request: Request, visitor: Visitor, place: PagePlace, stamp: ThreadStamp) -> None:
    """The visitor sees this page: all that stands on it is read. A browser that only loads ahead has seen nothing."""
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if visitor.member_id is None or any(word in purpose for word in _UNSEEN):
        return
    marks = services_of(request).marks
    marks.note(visitor.member_id, place.thread_id, min(stamp.last_number, first_number(place.page + 1) - 1))
    badge = known_badge(request)
    if badge is not None and badge.unread:
        actions, first = services_of(request).actions, first_number(place.page)
        await read_late(actions, visitor.member_id, place.thread_id, first, first_number(place.page + 1))
        try:
            async with asyncio.timeout(FLUSH_LIMIT_S):
                await marks.flush()
        except TimeoutError:
            return
        await read_badge(request)


async def show_unread(request: Request) -> Response:
    """``GET /threads/17/unread``: on to the first post not seen, or to the newest. ``?after=25`` for guests."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    services = services_of(request)
    after = parse_count(request, "after", 0)
    now_ms = services.actions.now_ms()
    place = await services.store.read(find_first_unread, visitor.member_id, thread_id, now_ms, after=after)
    if place is not None:
        check_may_read(visitor, place.rules)
        return RedirectResponse(post_url(place.thread, place.post, place.page), 302)
    return RedirectResponse(thread_url((await _read_page(request, 1)).thread), 302)


async def show_newest(request: Request) -> Response:
    """``GET /threads/17/newest``: on to the newest post."""
    page = await _read_page(request, 1)
    newest = await services_of(request).store.read(find_newest, page.thread["id"])
    target = thread_url(page.thread) if newest is None else post_url(newest.thread, newest.post, newest.page)
    return RedirectResponse(target, 302)


async def show_jump(request: Request) -> Response:
    """``GET /threads/17/jump?page=5``: on to that page, or to the last one if there are fewer."""
    page = await _read_page(request, 1)
    return RedirectResponse(thread_url(page.thread, max(1, parse_count(request, "page", 1, page.page_count))), 302)


async def take_watch(request: Request) -> Response:
    """``POST /threads/17/watch``: hear of its replies, or no longer; back to the page."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    form = await read_form(request)
    await watch_thread(services_of(request).actions, visitor, thread_id, is_watching=form.get("watch") == "yes")
    return RedirectResponse(safe_next(form.get("next", "") or f"/threads/{thread_id}"), 303)


async def take_read(request: Request) -> Response:
    """``POST /read``: all forums, or the one that the form names, count as read; back to where one was."""
    visitor = await identify(request)
    form = await read_form(request)
    forum_id = parse_id(form["forum"]) if form.get("forum") else None
    services = services_of(request)
    await services.marks.flush()
    await read_everything(services.actions, visitor, forum_id)
    return RedirectResponse(safe_next(form.get("next", "/")), 303)


async def _read_page(request: Request, number: int) -> ThreadPage:
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    page = await services_of(request).store.read(read_thread_page, thread_id, number)
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.rules)
    return page


def _read_reader(conn: Connection, member_id: int, thread_id: int) -> Reader:
    return Reader(find_mark(conn, member_id, thread_id), is_watching(conn, thread_id, member_id))
