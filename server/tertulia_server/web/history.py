"""The history of a post: which texts it had, and what each changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.differences import Change, compare
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.pages import page_of
from tertulia_server.store.versions import PostVersions, TextVersion
from tertulia_server.web.addresses import find_number
from tertulia_server.web.api_composing import find_versions
from tertulia_server.web.identity import identify
from tertulia_server.web.rendering import render, thread_url
from tertulia_wire.codes import Code


async def show_history(request: Request) -> Response:
    """``GET /posts/431/history?version=3``: that text beside the one before; without a version, the newest."""
    visitor = await identify(request)
    before = find_number(request, "before")
    found = await find_versions(request, visitor, before=before)
    if not found.texts:
        raise Refusal(Code.NOT_FOUND)
    shown, older = await _choose(request, visitor, found)
    pieces = [] if older is None else await asyncio.to_thread(compare, older.text, shown.text)
    context = {
        "found": found,
        "post": found.row,
        "back": f"{thread_url(found.thread, page_of(found.row.number))}#post-{found.row.id}",
        "is_first_page": before is None,
        "shown": shown,
        "older": older,
        "pieces": [(piece.change.value, piece.text) for piece in pieces],
        "words_added": _words(text for change, text in pieces if change is Change.ADDED),
        "words_removed": _words(text for change, text in pieces if change is Change.REMOVED),
    }
    return render(request, "history.html", context)


async def _choose(request: Request, visitor: Visitor, found: PostVersions) -> tuple[TextVersion, TextVersion | None]:
    """The text that was asked for, and the one before it, which may be on the next page of the list."""
    wanted = find_number(request, "version")
    place = next((i for i, text in enumerate(found.texts) if text.version == wanted), None if wanted else 0)
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    shown, older = found.texts[place], found.texts[place + 1 : place + 2]
    if not older and found.before is not None:
        older = (await find_versions(request, visitor, before=shown.version)).texts[:1]
    return shown, older[0] if older else None


def _words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)
