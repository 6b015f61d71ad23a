"""Idempotency keys: a request that is sent twice posts once."""

from __future__ import annotations

import secrets
from typing import Final

HEADER: Final = "Idempotency-Key"

_KEY_BYTES: Final = 16


def new_key() -> str:
    """A key for one form on one page."""
    return secrets.token_urlsafe(_KEY_BYTES)
