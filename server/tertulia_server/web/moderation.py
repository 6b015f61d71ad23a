"""Forms for those who moderate threads. Plain ones: the menu of a thread's page works without a script."""

from __future__ import annotations

from typing import Final, TypedDict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.moderation import change_thread
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_moderate
from tertulia_server.store.pages import ThreadPage, read_thread_page
from tertulia_server.web.addresses import parse_id, parse_id_and_slug
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.languages import say
from tertulia_server.web.rendering import render, thread_url
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code


class _Change(TypedDict, total=False):
    is_locked: bool
    is_pinned: bool


_CHANGES: Final[dict[str, _Change]] = {
    "lock": {"is_locked": True},
    "unlock": {"is_locked": False},
    "pin": {"is_pinned": True},
    "unpin": {"is_pinned": False},
}


async def take_moderate(request: Request) -> Response:
    """``POST /threads/17/moderate``: one of the buttons of the menu; back to the thread."""
    visitor = await identify(request)
    thread_id = parse_id_and_slug(request.path_params["thread"])
    form = await read_form(request)
    change = _CHANGES.get(form.get("do", ""))
    if change is None:
        raise Refusal(Code.INVALID, "The form does not say what to do. Use the menu on the page of the thread.")
    outcome = await change_thread(services_of(request).actions, visitor, thread_id, **change)
    return RedirectResponse(thread_url(outcome.thread, _page_of(form.get("page", ""))), 303)


async def show_rename(request: Request) -> Response:
    """``GET /threads/17/rename``: the title to change."""
    page = await read_moderated(request, await identify(request))
    return _rename_form(request, page, page.thread["title"])


async def take_rename(request: Request) -> Response:
    """``POST /threads/17/rename``: on to the thread; a title that cannot be is shown again."""
    visitor = await identify(request)
    page = await read_moderated(request, visitor)
    title = (await read_form(request)).get("title", "")
    try:
        outcome = await change_thread(services_of(request).actions, visitor, page.thread["id"], title=title)
    except TertuliaError as error:
        return _rename_form(request, page, title, error)
    return RedirectResponse(thread_url(outcome.thread), 303)


async def read_moderated(request: Request, visitor: Visitor, page_number: int = 1) -> ThreadPage:
    """A page of the thread named by the path, if the visitor moderates it; else `Refusal`."""
    thread_id = parse_id_and_slug(request.path_params["thread"])
    page = await services_of(request).store.read(read_thread_page, thread_id, page_number)
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_moderate(visitor, page.rules)
    return page


def _rename_form(request: Request, page: ThreadPage, title: str, error: TertuliaError | None = None) -> Response:
    context = {"thread": page.thread, "title": title, "error": None if error is None else say(error.sentence)}
    return render(request, "rename.html", context, 200 if error is None else error.code.status)


def _page_of(text: str) -> int:
    try:
        return parse_id(text)
    except Refusal:
        return 1
