"""Secrets that stand for a member: of a sign-in and of a program. Only their hash is ever kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

TOKEN_BYTES: Final = 32
API_TOKEN_PREFIX: Final = "tertulia_"  # noqa: S105 - the part that is no secret: scanners find a leaked token by it


def new_token(prefix: str = "") -> str:
    """A fresh secret of 256 bits in URL-safe characters."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is stored: SHA-256 as 64 hex digits. 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
