"""Idempotency keys: a request that is sent twice posts once."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.requests import Request

from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_KEY_CHARS, MIN_KEY_CHARS

HEADER: Final = "Idempotency-Key"

_KEY_BYTES: Final = 16


def new_key() -> str:
    """A key for one form on one page."""
    return secrets.token_urlsafe(_KEY_BYTES)


def check_key(key: str) -> str:
    """The key itself; ``KEY_MISSING`` if it is not 8 to 64 visible ASCII characters."""
    is_key = MIN_KEY_CHARS <= len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable() and " " not in key
    if not is_key:
        raise Refusal(Code.KEY_MISSING)
    return key


def key_of(request: Request) -> str:
    """The key of an API request."""
    return check_key(request.headers.get(HEADER, ""))
