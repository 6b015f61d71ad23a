"""What stands before each form that is sent: where it comes from, and the token that its page was given.

The JSON API needs no token: a request with JSON in it, or with a method that forms do not have, is asked about by the
browser before another site may send it, and we never say yes; its Origin is looked at all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tertulia_server.errors import Refusal
from tertulia_server.web import methods
from tertulia_server.web.bodies import read_form
from tertulia_server.web.form_tokens import FIELD, HEADER, guest_secret, is_form_token
from tertulia_server.web.identity import check_origin, identify, sign_in_token
from tertulia_server.web.methods import Handler
from tertulia_server.web.rendering import render
from tertulia_wire.codes import Code

_API: Final = "/api/"
_GUESTS_FORMS: Final = frozenset({"/sign-in", "/register"})
"""Where a stranger's form would do harm though nobody is signed in: it would sign somebody in as somebody else."""


def by_method(path: str, **handlers: Handler) -> Route:
    """As `methods.by_method`, with a guard before each form of a page."""
    if "POST" in handlers and not path.startswith(_API):
        handlers["POST"] = _guarded(handlers["POST"])
    return methods.by_method(path, **handlers)


def _guarded(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        if "authorization" in request.headers:  # sent on purpose, never by a browser of itself
            return await handler(request)
        check_origin(request)
        visitor = await identify(request)
        if visitor.is_guest and request.url.path not in _GUESTS_FORMS:
            return await handler(request)
        form = await _read(request)
        given = request.headers.get(HEADER) or form.get(FIELD, "")
        secrets = (sign_in_token(request), guest_secret(request) if request.url.path in _GUESTS_FORMS else None)
        if any(is_form_token(given, secret) for secret in secrets):
            return await handler(request)
        return _ask_again(request, form)

    return handle


async def _read(request: Request) -> Mapping[str, str]:
    """The form, kept for the handler; nothing for a request without a body."""
    if "content-type" not in request.headers:
        return {}
    return await read_form(request)


def _ask_again(request: Request, form: Mapping[str, str]) -> Response:
    """Show what would be sent, for the one who is signed in now to say yes or no: no text is lost.

    Passwords are not given back: those forms are opened anew.
    """
    if any("password" in name for name in form):
        raise Refusal(Code.FORBIDDEN, "This form is from before the sign-in was changed. Open it again.")
    fields = {name: value for name, value in form.items() if name != FIELD}
    return render(request, "send_again.html", {"action": request.url.path, "fields": fields}, Code.FORBIDDEN.status)
