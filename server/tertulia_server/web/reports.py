"""The form by which a member reports a post."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.reports import report_post
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.moderation import MAX_REASON_CHARS
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store.pages import PostPlace
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.languages import say
from tertulia_server.web.pages import read_place
from tertulia_server.web.rendering import post_url, render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code


async def show_report(request: Request) -> Response:
    """``GET /posts/431/report``: asks what is wrong with it."""
    visitor = await identify(request)
    place = await read_place(request, visitor)
    check_may_write(visitor)
    if place.post["is_removed"]:
        raise Refusal(Code.POST_REMOVED)
    return _form(request, place)


async def take_report(request: Request) -> Response:
    """``POST /posts/431/report``: a word of thanks, and the way back."""
    visitor = await identify(request)
    place = await read_place(request, visitor)
    reason = (await read_form(request)).get("reason", "")
    try:
        await report_post(services_of(request).actions, visitor, place.post["id"], reason)
    except TertuliaError as error:
        return _form(request, place, reason, error)
    return RedirectResponse(f"/posts/{place.post['id']}/reported", 303)


async def show_reported(request: Request) -> Response:
    """``GET /posts/431/reported``: it was taken."""
    place = await read_place(request, await identify(request))
    back = post_url(place.thread, place.post, place.page)
    return render(request, "reported.html", {"post": place.post, "thread": place.thread, "back": back})


def _form(request: Request, place: PostPlace, reason: str = "", error: TertuliaError | None = None) -> Response:
    context = {
        "post": place.post,
        "thread": place.thread,
        "reason": reason,
        "max_reason_chars": MAX_REASON_CHARS,
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "report.html", context, 200 if error is None else error.code.status)
