"""Whether one is named among the readers of threads: a page with one box, and what follows for open pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.presence import hide_presence
from tertulia_server.errors import Refusal
from tertulia_server.web.bodies import read_form
from tertulia_server.web.following import live_of
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code


async def show_presence(request: Request) -> Response:
    """``GET /account/presence``: the box as it is."""
    visitor = await identify(request)
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    return render(request, "presence.html", {"hides": visitor.hides_presence})


async def take_presence(request: Request) -> Response:
    """``POST /account/presence``: hidden at once on all open pages, named again on those that are loaded after it."""
    visitor = await identify(request)
    hides = "hide" in await read_form(request)
    member_id = await hide_presence(services_of(request).actions, visitor, hides=hides)
    presence = live_of(request).presence
    if hides and presence is not None:
        presence.hide(member_id)
    return RedirectResponse("/account/presence", 303)
