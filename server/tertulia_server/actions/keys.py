"""The idempotency key of a request that creates something."""

from __future__ import annotations

import re
from typing import Final

from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_KEY_CHARS, MIN_KEY_CHARS

_KEY: Final = re.compile(rf"[ -~]{{{MIN_KEY_CHARS},{MAX_KEY_CHARS}}}")
"""Printable ASCII: it travels in a header."""


def check_key(key: str | None) -> None:
    """Refuse a request without a usable key (``KEY_MISSING``): it could not be repeated safely."""
    if key is None or _KEY.fullmatch(key) is None:
        raise Refusal(Code.KEY_MISSING)
