"""Pages for reading: the index, a forum, a thread, a post's permalink."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Audience, Visitor
from tertulia_server.forum.rights import check_may_post, check_may_read, may_read
from tertulia_server.store.pages import PostPlace, read_forum_page, read_index, read_post, read_thread_page
from tertulia_server.web.addresses import here, parse_id, parse_id_and_slug, parse_page
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.rendering import forum_url, post_url, render, thread_url
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code


async def show_index(request: Request) -> Response:
    """``GET /``."""
    visitor = await identify(request)
    index = await services_of(request).store.read(read_index)
    readable = [summary for summary in index.forums if may_read(visitor, summary.audience)]
    categories = [(name, list(group)) for name, group in groupby(readable, lambda summary: summary.forum["category"])]
    return render(request, "index.html", {"categories": categories})


async def show_forum(request: Request) -> Response:
    """``GET /forums/3-name[/page-2]``."""
    visitor = await identify(request)
    forum_id, page_number = _path_ids(request, "forum")
    page = await services_of(request).store.read(read_forum_page, forum_id, page_number)
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.audience)
    canonical = forum_url(page.forum, page.page)
    if request.url.path != canonical:
        return _moved(request, canonical)
    hint = post_hint(visitor, page.audience, is_locked=False)
    context = {
        "forum": page.forum,
        "threads": page.threads,
        "page": page.page,
        "page_count": page.page_count,
        "page_href": lambda number: forum_url(page.forum, number),
        "may_post": hint is None,
        "post_hint": hint,
        "key": new_key() if hint is None else "",
    }
    return render(request, "forum.html", context)


async def show_thread(request: Request) -> Response:
    """``GET /threads/17-title[/page-2]``."""
    visitor = await identify(request)
    thread_id, page_number = _path_ids(request, "thread")
    page = await services_of(request).store.read(read_thread_page, thread_id, page_number)
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.audience)
    canonical = thread_url(page.thread, page.page)
    if request.url.path != canonical:
        return _moved(request, canonical)
    hint = post_hint(visitor, page.audience, is_locked=page.thread["is_locked"])
    context = {
        "forum": page.forum,
        "thread": page.thread,
        "posts": page.posts,
        "page": page.page,
        "page_count": page.page_count,
        "page_href": lambda number: thread_url(page.thread, number),
        "cursor": page.cursor,
        "may_post": hint is None,
        "post_hint": hint,
        "key": new_key() if hint is None else "",
    }
    return render(request, "thread.html", context)


async def show_post(request: Request) -> Response:
    """``GET /posts/431``: on to the page where the post stands now; a removed one has its line there."""
    place = await read_place(request, await identify(request))
    return RedirectResponse(post_url(place.thread, place.post, place.page), 302)


async def read_place(request: Request, visitor: Visitor) -> PostPlace:
    """The post named by the path, if the visitor may read it; else `Refusal`."""
    place = await services_of(request).store.read(read_post, parse_id(request.path_params["post"]))
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, place.audience)
    return place


def post_hint(visitor: Visitor, audience: Audience, *, is_locked: bool) -> str | None:
    """Why there is no form to write in; None if there is one."""
    try:
        check_may_post(visitor, audience, is_locked)
    except Refusal as refusal:
        return str(refusal)
    return None


def _path_ids(request: Request, kind: str) -> tuple[int, int]:
    thing_id = parse_id_and_slug(request.path_params[kind])
    return thing_id, parse_page(request.path_params.get("page", "1"))


def _moved(request: Request, path: str) -> Response:
    """A title may change back, so browsers ask again although the new address is the right one for good."""
    query = here(request).partition("?")[2]
    return RedirectResponse(f"{path}?{query}" if query else path, 301)
