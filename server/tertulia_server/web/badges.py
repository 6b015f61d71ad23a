"""What the head of each page shows a member: how many notifications are unread, and how many reported posts wait."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.forum.rights import is_staff, moderated_forums
from tertulia_server.store.notifications import Badge
from tertulia_server.store.reports import Cases, read_cases
from tertulia_server.web.identity import identify
from tertulia_server.web.methods import Handler
from tertulia_server.web.services import services_of


def with_badge(handler: Handler) -> Handler:
    """A page whose head has a badge: it is read before the page is, so no event falls between the two."""

    async def handle(request: Request) -> Response:
        await identify(request)
        await read_badge(request)
        return await handler(request)

    handle.__doc__ = handler.__doc__
    return handle


async def read_badge(request: Request) -> None:
    """Read the badge, or read it anew, for the visitor that `identify` finds; nothing for guests.

    With it what waits in the queue, for those who moderate.
    """
    visitor = await identify(request)
    if visitor.member_id is not None:
        request.state.badge = await services_of(request).badges.read(visitor.member_id)
    if is_staff(visitor):
        request.state.cases = await services_of(request).store.read(read_cases, moderated_forums(visitor))


def known_badge(request: Request) -> Badge | None:
    """The badge that was read for this request; None for guests, and where none was read."""
    badge: Badge | None = getattr(request.state, "badge", None)
    return badge


def known_cases(request: Request) -> Cases | None:
    """What waits in the queue; None for all but the staff, and where nothing was read."""
    cases: Cases | None = getattr(request.state, "cases", None)
    return cases
