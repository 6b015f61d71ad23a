"""Tokens for programs and the bots of a member: made, shown once, and revoked on one page."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.accounts import member_of
from tertulia_server.actions.bots import create_bot, create_token, revoke_token
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.cards import Member
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import is_staff
from tertulia_server.forum.tokens import SCOPE_WORDS, parse_scopes
from tertulia_server.store.bots import MAX_BOTS_PER_OWNER, Token, read_bots, read_tokens
from tertulia_server.store.port import Connection
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import identify_by_sign_in
from tertulia_server.web.languages import say
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code

DAYS: Final = (30, 90, 365)
"""For how long a token may be asked to hold on the page; the API takes any number of days."""


async def show_tokens(request: Request) -> Response:
    """``GET /account/tokens``."""
    return await _page(request, await identify_by_sign_in(request))


async def take_token(request: Request) -> Response:
    """``POST /account/tokens``: the answer is the page with the token on it, which nothing can show again."""
    visitor = await identify_by_sign_in(request)
    form = await read_form(request)
    scopes = parse_scopes(word for word in SCOPE_WORDS if f"scope_{word}" in form)
    try:
        member_id, days = parse_id(form.get("member", "")), _days(form.get("days", ""))
        actions = services_of(request).actions
        token = await create_token(actions, visitor, member_id, form.get("label", ""), scopes, days=days)
    except TertuliaError as error:
        return await _page(request, visitor, error=error)
    response = await _page(request, visitor, fresh_token=token)
    response.headers["Cache-Control"] = "no-store"
    return response


async def take_revoke(request: Request) -> Response:
    """``POST /account/tokens/ID/revoke``."""
    visitor = await identify_by_sign_in(request)
    await revoke_token(services_of(request).actions, visitor, request.path_params["token"])
    return RedirectResponse("/account/tokens", 303)


async def take_bot(request: Request) -> Response:
    """``POST /account/bots``: a bot of one's own, to give tokens to."""
    visitor = await identify_by_sign_in(request)
    form = await read_form(request)
    try:
        await create_bot(services_of(request).actions, visitor, form.get("name", "").strip())
    except TertuliaError as error:
        return await _page(request, visitor, error=error)
    return RedirectResponse("/account/tokens", 303)


def _days(text: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Refusal(Code.INVALID, "The days are a number.")
    return int(text)


async def _page(
    request: Request, visitor: Visitor, *, error: TertuliaError | None = None, fresh_token: str | None = None
) -> Response:
    services = services_of(request)
    tokens, bots = await services.store.read(_read, member_of(visitor))
    context = {
        "tokens": tokens,
        "bots": bots,
        "has_room_for_bot": len(bots) < MAX_BOTS_PER_OWNER,
        "may_give_moderate": is_staff(visitor),
        "day_choices": DAYS,
        "fresh_token": fresh_token,
        "now_ms": services.actions.now_ms(),
        "error": None if error is None else say(error.sentence),
    }
    return render(request, "tokens.html", context, 200 if error is None else error.code.status)


def _read(conn: Connection, member_id: int) -> tuple[list[Token], list[Member]]:
    return read_tokens(conn, member_id), read_bots(conn, member_id)
