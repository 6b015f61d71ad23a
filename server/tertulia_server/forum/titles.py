"""Titles of threads, and the addresses made of them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tertulia_server.errors import Refusal
from tertulia_server.forum.characters import clean, is_blank
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_TITLE_CHARS

MAX_SLUG_CHARS: Final = 60

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


def check_title(title: str) -> str:
    """Return the title on one line, cleaned, with single spaces.

    Raises `Refusal` with ``TITLE_INVALID`` if nothing visible or more than 200 characters are left.
    """
    if len(title) > MAX_TITLE_CHARS * 4:
        raise Refusal(Code.TITLE_INVALID)
    title = " ".join(clean(title).split())
    if is_blank(title) or len(title) > MAX_TITLE_CHARS:
        raise Refusal(Code.TITLE_INVALID)
    return title


def slug_of(title: str, fallback: str = "thread") -> str:
    """The title in lower-case ASCII words joined by hyphens, at most 60 characters, cut between words.

    A title without any letter that ASCII can show gives ``fallback``.
    """
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = _NO_WORD.sub("-", ascii_title.replace("'", "").lower()).strip("-")
    if len(slug) > MAX_SLUG_CHARS:
        cut = slug[: MAX_SLUG_CHARS + 1].rpartition("-")[0]
        slug = cut or slug[:MAX_SLUG_CHARS]
    return slug or fallback


def thread_path(thread_id: int, slug: str, page: int = 1) -> str:
    """``/threads/17-title``, with ``/page-2`` from the second page on."""
    return _path("threads", thread_id, slug, page)


def forum_path(forum_id: int, slug: str, page: int = 1) -> str:
    """``/forums/3-name``, with ``/page-2`` from the second page on."""
    return _path("forums", forum_id, slug, page)


def member_path(member_id: int, name: str) -> str:
    """``/members/42-name``."""
    return _path("members", member_id, slug_of(name, fallback="member"), 1)


def _path(kind: str, thing_id: int, slug: str, page: int) -> str:
    path = f"/{kind}/{thing_id}-{slug}" if slug else f"/{kind}/{thing_id}"
    return path if page <= 1 else f"{path}/page-{page}"
