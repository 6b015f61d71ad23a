"""Forms by which threads move, split and merge."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.moderation import merge_thread, move_posts, move_thread, split_thread
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.store.pages import ThreadPage, read_index
from tertulia_server.web.addresses import parse_id, query_page
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import new_key
from tertulia_server.web.languages import say
from tertulia_server.web.moderation import read_moderated
from tertulia_server.web.rendering import render, thread_url
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

_THREAD: Final = re.compile(r"(?:.*/threads/)?([1-9][0-9]{0,17})(?:[-/#?].*)?", re.ASCII | re.DOTALL)


async def show_move(request: Request) -> Response:
    """``GET /threads/17/move``: the forums to choose from."""
    visitor = await identify(request)
    return await _move_form(request, visitor, await read_moderated(request, visitor))


async def take_move(request: Request) -> Response:
    """``POST /threads/17/move``: on to the thread, whose address stays."""
    visitor = await identify(request)
    page = await read_moderated(request, visitor)
    form = await read_form(request)
    try:
        forum_id = parse_id(form.get("forum", ""))
        outcome = await move_thread(services_of(request).actions, visitor, page.thread["id"], forum_id)
    except TertuliaError as error:
        return await _move_form(request, visitor, page, error)
    return RedirectResponse(thread_url(outcome.thread), 303)


async def show_select(request: Request) -> Response:
    """``GET /threads/17/select?page=2``: posts to tick, and what to do with them."""
    visitor = await identify(request)
    return _select_form(request, await read_moderated(request, visitor, query_page(request)))


async def take_select(request: Request) -> Response:
    """``POST /threads/17/select?page=2``: a new thread, other posts for an old one, or one thread out of two."""
    visitor = await identify(request)
    page = await read_moderated(request, visitor, query_page(request))
    form = await read_form(request)
    actions, thread_id = services_of(request).actions, page.thread["id"]
    chosen = [post["id"] for post in page.posts if form.get(f"post-{post['id']}") == "on"]
    try:
        if form.get("do") == "split":
            key, title = form.get("key", ""), form.get("title", "")
            outcome = await split_thread(actions, visitor, thread_id, chosen, title, key=key)
        elif form.get("do") == "merge":
            outcome = await merge_thread(actions, visitor, thread_id, _thread_of(form.get("whole_into", "")))
        else:
            outcome = await move_posts(actions, visitor, thread_id, chosen, _thread_of(form.get("into", "")))
    except TertuliaError as error:
        return _select_form(request, page, form, error)
    return RedirectResponse(thread_url(outcome.thread), 303)


def _thread_of(text: str) -> int:
    """The thread's number out of its address, or as such."""
    match = _THREAD.fullmatch(text.strip())
    if match is None:
        raise Refusal(Code.INVALID, "Name the other thread by its address or its number.")
    return int(match[1])


async def _move_form(
    request: Request, visitor: Visitor, page: ThreadPage, error: TertuliaError | None = None
) -> Response:
    index = await services_of(request).store.read(read_index)
    forums = [one.forum for one in index.forums if may_read(visitor, one.rules)]
    context = {
        "thread": page.thread,
        "forums": [forum for forum in forums if forum["id"] != page.forum["id"]],
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "move.html", context, 200 if error is None else error.code.status)


def _select_form(
    request: Request, page: ThreadPage, form: dict[str, str] | None = None, error: TertuliaError | None = None
) -> Response:
    context = {
        "thread": page.thread,
        "posts": page.posts,
        "page": page.page,
        "page_count": page.page_count,
        "page_href": lambda number: f"/threads/{page.thread['id']}/select?page={number}",
        "form": form or {},
        "key": new_key(),
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "select.html", context, 200 if error is None else error.code.status)
