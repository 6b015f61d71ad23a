"""A member's own account: the password, and the browsers that are signed in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.accounts import change_password, end_sign_in, member_of, sign_out_everywhere
from tertulia_server.actions.attempts import Attempt, check_pace
from tertulia_server.actions.passwords import MIN_PASSWORD_CHARS
from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.tokens import SECRET_ID_CHARS, hash_token
from tertulia_server.store.sign_ins import read_sign_ins
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import (
    delete_sign_in_cookie,
    identify_by_sign_in,
    set_sign_in_cookie,
    sign_in_token,
)
from tertulia_server.web.languages import say
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_server.web.sign_in import browser_of


async def show_account(request: Request) -> Response:
    """``GET /account``."""
    return await _account(request, await identify_by_sign_in(request))


async def take_password(request: Request) -> Response:
    """``POST /account/password``: all other sign-ins end, this browser gets a new one."""
    visitor = await identify_by_sign_in(request)
    form = await read_form(request)
    services = services_of(request)
    days, browser = services.settings.sign_in_days, browser_of(request)
    present, fresh = form.get("present_password", ""), form.get("password", "")
    try:
        limit = services.settings.sign_ins_per_minute
        await check_pace(services.actions, Attempt.PASSWORD, f"member {visitor.member_id}", limit=limit)
        token = await change_password(services.actions, visitor, present, fresh, days=days, browser=browser)
    except TertuliaError as error:
        return await _account(request, visitor, error)
    response = RedirectResponse("/account?done=password", 303)
    set_sign_in_cookie(request, response, token)
    return response


async def take_end_sign_in(request: Request) -> Response:
    """``POST /account/sign-ins/ID/end``."""
    visitor = await identify_by_sign_in(request)
    await end_sign_in(services_of(request).actions, visitor, request.path_params["sign_in"])
    return RedirectResponse("/account?done=sign-in", 303)


async def take_sign_out_everywhere(request: Request) -> Response:
    """``POST /account/sign-out-everywhere``: also here."""
    await sign_out_everywhere(services_of(request).actions, await identify_by_sign_in(request))
    response = RedirectResponse("/sign-in", 303)
    delete_sign_in_cookie(request, response)
    return response


async def _account(request: Request, visitor: Visitor, error: TertuliaError | None = None) -> Response:
    services = services_of(request)
    sign_ins = await services.store.read(read_sign_ins, member_of(visitor), services.actions.now_ms())
    context = {
        "sign_ins": sign_ins,
        "present_id": hash_token(sign_in_token(request) or "")[:SECRET_ID_CHARS],
        "done": request.query_params.get("done", ""),
        "error": None if error is None else say(error.sentence),
        "least_chars": MIN_PASSWORD_CHARS,
        "has_presence": services.settings.shows_presence,
    }
    return render(request, "account.html", context, 200 if error is None else error.code.status)
