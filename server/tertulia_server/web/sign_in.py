"""The sign-in page: a plain form, a cookie, and back to where one came from."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.members import sign_in, sign_out
from tertulia_server.errors import Refusal
from tertulia_server.web.addresses import safe_next
from tertulia_server.web.bodies import read_form
from tertulia_server.web.identity import (
    check_origin,
    delete_sign_in_cookie,
    identify,
    set_sign_in_cookie,
    sign_in_token,
)
from tertulia_server.web.languages import say
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of


async def show_sign_in(request: Request) -> Response:
    """``GET /sign-in?next=PATH``."""
    await identify(request)
    return _form(request, next_path=safe_next(request.query_params.get("next", "/")))


async def take_sign_in(request: Request) -> Response:
    """``POST /sign-in``: refused from other sites too, lest somebody is signed in as somebody else unawares."""
    check_origin(request)
    form = await read_form(request)
    next_path = safe_next(form.get("next", "/"))
    services = services_of(request)
    name = form.get("name", "").strip()
    try:
        token = await sign_in(services.actions, name, form.get("password", ""), days=services.settings.sign_in_days)
    except Refusal as refusal:
        return _form(request, next_path=next_path, name=name, refusal=refusal)
    response = RedirectResponse(next_path, 303)
    set_sign_in_cookie(request, response, token)
    return response


async def take_sign_out(request: Request) -> Response:
    """``POST /sign-out``."""
    token = sign_in_token(request)
    if token is not None:
        check_origin(request)
        await sign_out(services_of(request).actions, token)
    response = RedirectResponse("/", 303)
    delete_sign_in_cookie(request, response)
    return response


def _form(request: Request, *, next_path: str, name: str = "", refusal: Refusal | None = None) -> Response:
    context = {"next": next_path, "name": name, "error": None if refusal is None else say(refusal.sentence)}
    return render(request, "sign_in.html", context, 200 if refusal is None else refusal.code.status)
