"""Which language a request is answered in: the one chosen with the switch, else the browser's, else the server's."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia_server.errors import Refusal
from tertulia_server.web.addresses import safe_next
from tertulia_server.web.bodies import read_form
from tertulia_server.web.languages import LANGUAGES, set_language
from tertulia_wire.codes import Code

COOKIE: Final = "tertulia_language"

_COOKIE_PREFIX: Final = f"{COOKIE}=".encode()
_YEAR_S: Final = 365 * 24 * 3600
_MAX_HEADER_CHARS: Final = 200
_MAX_RANGES: Final = 20


class LanguageChoice:
    """ASGI middleware: settles the language of each HTTP request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            set_language(LANGUAGES[_choose(scope)])
        await self._app(scope, receive, send)


async def take_language(request: Request) -> Response:
    """``POST /language``: keep the choice in this browser, and back to the page."""
    form = await read_form(request)
    code = form.get("language", "")
    if code not in LANGUAGES:
        raise Refusal(Code.INVALID, "There is no such language.")
    response = RedirectResponse(safe_next(form.get("next", "/")), 303)
    is_https = request.scope.get("scheme") == "https"
    response.set_cookie(COOKIE, code, max_age=_YEAR_S, httponly=True, samesite="lax", secure=is_https)
    return response


@lru_cache(maxsize=1024)
def preferred(accept_language: str) -> str | None:
    """The first of our languages in an ``Accept-Language`` header, by its weights; None if none is wanted."""
    best: tuple[float, str] | None = None
    for part in accept_language[:_MAX_HEADER_CHARS].split(",")[:_MAX_RANGES]:
        name, _, parameters = part.partition(";")
        code = name.strip().partition("-")[0].lower()
        weight = _weight(parameters)
        if code in LANGUAGES and weight > 0 and (best is None or weight > best[0]):
            best = weight, code
    return None if best is None else best[1]


def _choose(scope: Scope) -> str:
    accepted = ""
    for name, value in scope["headers"]:
        if name == b"cookie" and _COOKIE_PREFIX in value:
            chosen = _cookie_value(value)
            if chosen is not None:
                return chosen
        elif name == b"accept-language":
            accepted = value.decode("latin-1")[:_MAX_HEADER_CHARS]
    default: str = scope["app"].state.services.settings.language
    return (preferred(accepted) if accepted else None) or default


def _cookie_value(header: bytes) -> str | None:
    for part in header.split(b";"):
        name, _, value = part.strip().partition(b"=")
        code = value.decode("latin-1")
        if name == COOKIE.encode() and code in LANGUAGES:
            return code
    return None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
