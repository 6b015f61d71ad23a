"""The token in each form: proof that the page which sends it was ours, and was made for this very sign-in.

It is made of a secret that only this browser has: the sign-in, or before there is one a cookie of its own. So nothing
is kept on the server, a form of before a change of sign-ins no longer fits, and knowing the token does not tell the
secret. Forms are given theirs on the way out, all of them: none can be forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.forum.tokens import new_token
from tertulia_server.web.identity import cookie_name, is_secure, known_visitor, sign_in_token

FIELD: Final = "form_token"
HEADER: Final = "Form-Token"
"""For scripts that send a form by themselves."""

COOKIE: Final = "tertulia_form"
_MAX_SECRET_CHARS: Final = 256
_TOKEN_CHARS: Final = 32
_PURPOSE: Final = b"form of a page"
_POSTING_FORM: Final = re.compile(r"""<form\b[^>]*\bmethod="post"[^>]*>""")


def form_token(secret: str) -> str:
    """The token that goes with this secret: 128 bits in hex."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), _PURPOSE, hashlib.sha256).hexdigest()[:_TOKEN_CHARS]


def is_form_token(given: str, secret: str | None) -> bool:
    """Whether this is the token of that secret; compared in the same time whatever it is."""
    known = b"" if secret is None else form_token(secret).encode()
    return known != b"" and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), known)


def with_form_tokens(request: Request, html: str) -> str:
    """The page with a token in each of its forms. Pages for guests have none, but where somebody signs in."""
    secret = getattr(request.state, "form_secret", None)
    if secret is None and not known_visitor(request).is_guest:
        secret = sign_in_token(request)
    if secret is None:
        return html
    field = f'<input type="hidden" name="{FIELD}" value="{form_token(secret)}">'
    return _POSTING_FORM.sub(lambda form: form[0] + field, html)


def begin_guest_form(request: Request) -> str:
    """The secret of a browser in which nobody is signed in, for the page that is about to be rendered."""
    secret = guest_secret(request) or new_token()
    request.state.form_secret = secret
    return secret


def guest_secret(request: Request) -> str | None:
    """The secret that this browser was given before."""
    secret = request.cookies.get(cookie_name(request, COOKIE))
    return secret if secret and len(secret) <= _MAX_SECRET_CHARS else None


def keep_guest_secret(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep it until it is closed, and send it with requests from our own pages only."""
    name = cookie_name(request, COOKIE)
    response.set_cookie(name, secret, httponly=True, samesite="strict", secure=is_secure(request))
