"""The page on which a member is banned, or let in again."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.bans import ban_member, unban_member
from tertulia_server.errors import Refusal, Sentence, TertuliaError
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import MAX_REASON_CHARS
from tertulia_server.forum.rights import check_may_ban
from tertulia_server.store.members import Member, get_member
from tertulia_server.web.addresses import parse_id, safe_next
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify
from tertulia_server.web.languages import later, say
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

DAY_MS: Final = 24 * 60 * 60 * 1000
MAX_DAYS: Final = 3660
LENGTHS: Final = (
    ("1", later("1 day")),
    ("3", later("3 days")),
    ("7", later("1 week")),
    ("30", later("1 month")),
    ("365", later("1 year")),
    ("", later("For good")),
)


async def show_ban(request: Request) -> Response:
    """``GET /members/42/ban?next=PATH``: why and how long; or, for a banned member, the end of it."""
    visitor = await identify(request)
    target = await _read_target(request, visitor)
    return _form(request, target, safe_next(request.query_params.get("next", "/")))


async def take_ban(request: Request) -> Response:
    """``POST /members/42/ban``: back to where one came from."""
    visitor = await identify(request)
    target = await _read_target(request, visitor)
    form = await read_form(request)
    next_path = safe_next(form.get("next", "/"))
    actions = services_of(request).actions
    try:
        if form.get("do") == "unban":
            await unban_member(actions, visitor, target.id)
        else:
            for_ms = _length_ms(form.get("days", ""))
            await ban_member(actions, visitor, target.id, form.get("reason", ""), for_ms=for_ms)
    except TertuliaError as error:
        return _form(request, target, next_path, form.get("reason", ""), form.get("days", ""), error)
    return RedirectResponse(next_path, 303)


async def _read_target(request: Request, visitor: Visitor) -> Member:
    target = await services_of(request).store.read(get_member, parse_id(request.path_params["member"]))
    if target is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_ban(visitor, target.id, target.role)
    return target


def _length_ms(days: str) -> int | None:
    if not days:
        return None
    if not (days.isascii() and days.isdecimal() and len(days) <= 4 and 1 <= int(days) <= MAX_DAYS):
        raise Refusal(Code.INVALID, Sentence("A ban lasts 1 to %(most)s days, or has no end.", most=MAX_DAYS))
    return int(days) * DAY_MS


def _form(
    request: Request,
    target: Member,
    next_path: str,
    reason: str = "",
    days: str = "7",
    error: TertuliaError | None = None,
) -> Response:
    context = {
        "target": target,
        "next": next_path,
        "reason": reason,
        "days": days,
        "lengths": LENGTHS,
        "max_reason_chars": MAX_REASON_CHARS,
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "ban.html", context, 200 if error is None else error.code.status)
