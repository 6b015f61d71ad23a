"""Compression of what is the same for everybody, so that it is done once: static files, and pages as guests get them.

A page for a member is never compressed here: it answers to its request, and holds what is the member's own; the size
of such a mixture, compressed, has been used to guess a part of it. The proxy that we ship compresses nothing.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Final

from starlette.requests import HTTPConnection

VARY: Final = {"Vary": "Accept-Encoding"}
GZIP: Final = {**VARY, "Content-Encoding": "gzip"}

PAGE_VARY: Final = {"Vary": "Accept-Encoding, Accept-Language, Cookie"}
"""A page is another one in another language, and for another visitor."""

PACKED_PAGE: Final = {**PAGE_VARY, "Content-Encoding": "gzip"}

PAGE_LEVEL: Final = 4
"""A tenth of the size at a quarter of the time that the best level takes."""

FILE_LEVEL: Final = 9


def takes_gzip(connection: HTTPConnection) -> bool:
    """Whether the client has said that it does."""
    return says_gzip(connection.headers.get("accept-encoding", ""))


@lru_cache(maxsize=256)
def says_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` header does."""
    for part in accepted.split(","):
        name, _, quality = part.partition(";")
        if name.strip().lower() == "gzip":
            return quality.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def pack(body: bytes, level: int) -> bytes:
    """The same bytes give the same bytes: no time is in them."""
    return gzip.compress(body, level, mtime=0)
