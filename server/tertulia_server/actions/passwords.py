"""Passwords, hashed with Argon2id. Hashing is meant to be slow, so it has threads of its own, and not many."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tertulia_server.errors import Refusal, Sentence
from tertulia_wire.codes import Code

MIN_PASSWORD_CHARS: Final = 8
MAX_PASSWORD_CHARS: Final = 256

MAX_HASHING_THREADS: Final = 2
MAX_WAITING: Final = 64
"""Hashings under way or in line; whoever comes then is told to come back, before the line is longer than patience."""

RETRY_AFTER_MS: Final = 2000

P = ParamSpec("P")
T = TypeVar("T")

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The second set of figures in OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""
_threads: Final = ThreadPoolExecutor(MAX_HASHING_THREADS, thread_name_prefix="argon2")
_places: Final = threading.BoundedSemaphore(MAX_WAITING)


def check_password(password: str) -> str:
    """Return the password (NFC) if it may be set. Raises `Refusal` with ``INVALID``."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        sentence = Sentence(
            "A password has %(least)s to %(most)s characters.", least=MIN_PASSWORD_CHARS, most=MAX_PASSWORD_CHARS
        )
        raise Refusal(Code.INVALID, sentence)
    if any(unicodedata.category(character) == "Cs" for character in password):
        raise Refusal(Code.INVALID, "The password has characters that cannot be encoded.")
    return _normalise(password)


async def hash_password(password: str) -> str:
    """The hash to store, with its salt and figures in it. Raises `Refusal` with ``OVERLOADED`` if too many wait."""
    return await _in_thread(_hasher.hash, _normalise(password))


async def is_password(password: str, password_hash: str | None) -> bool:
    """Whether this is the password. Without a hash the answer is no, after the time that any other answer takes."""
    fits_limit = len(password) <= MAX_PASSWORD_CHARS
    checked = _normalise(password) if fits_limit else ""
    return await _in_thread(_verify, checked, password_hash) and fits_limit


def _normalise(password: str) -> str:
    return unicodedata.normalize("NFC", password)  # RFC 8265 section 4.2.2: the same keys, whatever the keyboard


def _verify(password: str, password_hash: str | None) -> bool:
    nobodys = _nobodys_hash()  # made at the first attempt whoever it names: else that of a stranger would take longer
    try:
        _hasher.verify(nobodys if password_hash is None else password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if not _places.acquire(blocking=False):
        raise Refusal(Code.OVERLOADED, retry_after_ms=RETRY_AFTER_MS)
    running = _threads.submit(function, *args, **kwargs)
    running.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(running)
