"""Signing in, signing out and registering: plain forms, a cookie, and back to where one came from."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.accounts import register
from tertulia_server.actions.attempts import Attempt, check_pace
from tertulia_server.actions.members import sign_in, sign_out
from tertulia_server.actions.passwords import MIN_PASSWORD_CHARS
from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.forum.names import MAX_NAME_CHARS
from tertulia_server.web.addresses import safe_next
from tertulia_server.web.bodies import read_form
from tertulia_server.web.browsers import browser_words
from tertulia_server.web.form_tokens import begin_guest_form, keep_guest_secret
from tertulia_server.web.identity import (
    check_origin,
    delete_sign_in_cookie,
    identify,
    set_sign_in_cookie,
    sign_in_token,
)
from tertulia_server.web.languages import say
from tertulia_server.web.proxies import peer_of
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.codes import Code


async def show_sign_in(request: Request) -> Response:
    """``GET /sign-in?next=PATH``."""
    await identify(request)
    return _form(request, "sign_in.html", next_path=safe_next(request.query_params.get("next", "/")))


async def take_sign_in(request: Request) -> Response:
    """``POST /sign-in``: always a sign-in of its own; one that the browser had ends."""
    form = await read_form(request)
    next_path, name = safe_next(form.get("next", "/")), form.get("name", "").strip()
    services = services_of(request)
    try:
        await check_pace(
            services.actions, Attempt.SIGN_IN, whence(request), limit=services.settings.sign_ins_per_minute
        )
        days, browser = services.settings.sign_in_days, browser_of(request)
        token = await sign_in(services.actions, name, form.get("password", ""), days=days, browser=browser)
    except TertuliaError as error:
        return _form(request, "sign_in.html", next_path=next_path, name=name, error=error)
    return await _go_on(request, token, next_path)


async def show_register(request: Request) -> Response:
    """``GET /register?next=PATH``."""
    await identify(request)
    _check_is_open(request)
    return _form(request, "register.html", next_path=safe_next(request.query_params.get("next", "/")))


async def take_register(request: Request) -> Response:
    """``POST /register``: an account, and signed in with it."""
    _check_is_open(request)
    form = await read_form(request)
    next_path, name = safe_next(form.get("next", "/")), form.get("name", "").strip()
    services = services_of(request)
    try:
        limit = services.settings.registrations_per_hour
        await check_pace(services.actions, Attempt.REGISTER, whence(request), limit=limit)
        days, browser = services.settings.sign_in_days, browser_of(request)
        token = await register(services.actions, name, form.get("password", ""), days=days, browser=browser)
    except TertuliaError as error:
        return _form(request, "register.html", next_path=next_path, name=name, error=error)
    return await _go_on(request, token, next_path)


async def take_sign_out(request: Request) -> Response:
    """``POST /sign-out``."""
    token = sign_in_token(request)
    if token is not None:
        check_origin(request)
        await sign_out(services_of(request).actions, token)
    response = RedirectResponse("/", 303)
    delete_sign_in_cookie(request, response)
    return response


def whence(request: Request) -> str:
    """Where attempts are counted: the client's address, as far as it is known."""
    return str(peer_of(request.scope) or "")


def browser_of(request: Request) -> str:
    """The browser in words, for the list of sign-ins."""
    return browser_words(request.headers.get("user-agent", ""))


async def _go_on(request: Request, token: str, next_path: str) -> Response:
    before = sign_in_token(request)
    if before is not None:
        await sign_out(services_of(request).actions, before)
    response = RedirectResponse(next_path, 303)
    set_sign_in_cookie(request, response, token)
    return response


def _check_is_open(request: Request) -> None:
    if services_of(request).settings.registration != "open":
        raise Refusal(Code.FORBIDDEN, "Whoever runs this forum makes its accounts: ask there for one.")


def _form(
    request: Request, template: str, *, next_path: str, name: str = "", error: TertuliaError | None = None
) -> Response:
    secret = begin_guest_form(request)
    context = {
        "next": next_path,
        "name": name,
        "error": None if error is None else say(error.sentence),
        "is_open": services_of(request).settings.registration == "open",
        "most_chars": MAX_NAME_CHARS,
        "least_chars": MIN_PASSWORD_CHARS,
    }
    response = render(request, template, context, 200 if error is None else error.code.status)
    keep_guest_secret(request, response, secret)
    if error is not None and error.retry_after_ms is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_ms / 1000))
    return response
