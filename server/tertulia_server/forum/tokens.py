"""Secrets that stand for a member: of a sign-in and of a program. Only their hash is ever kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import ALL_SCOPES, Scope
from tertulia_wire.codes import Code

TOKEN_BYTES: Final = 32
API_TOKEN_PREFIX: Final = "tertulia_"  # noqa: S105 - the part that is no secret: scanners find a leaked token by it

SECRET_ID_CHARS: Final = 16
"""Of the hash of a secret: names it among those of one member. What was hashed cannot be found from it."""

_SCOPES: Final = {"read": Scope.READ, "post": Scope.POST, "moderate": Scope.MODERATE}
SCOPE_WORDS: Final = tuple(_SCOPES)
"""What can be asked for. A token that may do more than these was made by the server itself."""

_STORED: Final = {**_SCOPES, "trial": Scope.TRIAL}


def parse_scopes(words: Iterable[str]) -> Scope:
    """``["read", "post"]`` as scopes; every token may read. `Refusal` with ``INVALID`` for a word that is none."""
    scopes = Scope.READ
    for word in words:
        if word not in _SCOPES:
            raise Refusal(Code.INVALID, Sentence("A scope is one of %(words)s.", words=", ".join(SCOPE_WORDS)))
        scopes |= _SCOPES[word]
    return scopes


def read_scopes(words: Iterable[str]) -> Scope:
    """The scopes of a token that is kept; words of a later release mean nothing to this one."""
    scopes = Scope.READ
    for word in words:
        scopes |= _STORED.get(word, Scope.READ)
    return scopes


def scope_words(scopes: Scope = ALL_SCOPES) -> list[str]:
    """The scopes in words, as they are stored and shown."""
    return [word for word, scope in _STORED.items() if scope in scopes]


def new_token(prefix: str = "") -> str:
    """A fresh secret of 256 bits in URL-safe characters."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is stored: SHA-256 as 64 hex digits. 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
