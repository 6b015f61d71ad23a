"""Searching, as a page and in the JSON API: the same question, the same answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.names import MAX_STORED_NAME_CHARS
from tertulia_server.forum.rights import may_read
from tertulia_server.forum.searching import MAX_SEARCH_CHARS, parse_search
from tertulia_server.store.forums import read_forums
from tertulia_server.store.heads import read_cursors
from tertulia_server.store.port import Connection
from tertulia_server.store.searching import FOUND_PER_PAGE, MAX_MATCHES, Found, Search, find_posts
from tertulia_server.web.addresses import parse_id, query_page
from tertulia_server.web.identity import identify
from tertulia_server.web.languages import say
from tertulia_server.web.rendering import post_url, render
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_search import ExcerptPiece, FoundPostData, SearchData
from tertulia_wire.channels import forum_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import ForumData

_FIELDS: Final = ("q", "forum", "author", "from", "until", "sort")
_NEWEST: Final = "newest"
_DAY: Final = timedelta(days=1)


async def show_search(request: Request) -> Response:
    """``GET /search?q=WORDS``: without words only the form."""
    visitor = await identify(request)
    fields = {name: request.query_params.get(name, "").strip() for name in _FIELDS}
    services = services_of(request)
    forums = await services.store.read(_readable_forums, visitor)
    found, error = None, None
    follows: dict[str, Cursor] = {}
    if fields["q"]:
        try:
            found, follows = await services.store.read(_find, visitor, _read_question(request))
        except Refusal as refusal:
            error = say(refusal.sentence)
    given = {name: value for name, value in fields.items() if value}
    context = {
        "fields": fields,
        "forums": forums,
        "found": found,
        "follows": follows,
        "error": error,
        "max_search_chars": MAX_SEARCH_CHARS,
        "max_name_chars": MAX_STORED_NAME_CHARS,
        "max_matches": MAX_MATCHES,
        "page_href": lambda number: f"/search?{urlencode({**given, 'page': number})}",
        "found_url": post_url,
    }
    return render(request, "search.html", context, 200 if error is None else Code.INVALID.status)


async def get_search(request: Request) -> Response:
    """Posts and titles with these words, of what the visitor may read."""
    visitor = await identify(request)
    found = await services_of(request).store.read(find_posts, visitor, _read_question(request))
    return JSONResponse(_search_data(found))


def _read_question(request: Request) -> Search:
    query = request.query_params
    page = query_page(request)
    if page > MAX_MATCHES // FOUND_PER_PAGE:
        raise Refusal(Code.INVALID, "There are no pages that far: ask for something narrower.")
    until = _read_day(query.get("until", ""))
    return Search(
        words=parse_search(query.get("q", "")),
        forum_id=_read_forum(query.get("forum", "")),
        author=query.get("author", "").strip()[:MAX_STORED_NAME_CHARS] or None,
        from_ms=_start_ms(_read_day(query.get("from", ""))),
        until_ms=None if until is None else _start_ms(until + _DAY),
        is_newest_first=query.get("sort") == _NEWEST,
        page=page,
    )


def _read_forum(text: str) -> int | None:
    try:
        return parse_id(text.strip()) if text.strip() else None
    except Refusal:
        raise Refusal(Code.INVALID, "forum is the number of a forum.") from None


def _read_day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not 1970 <= day.year < 9999:
        raise Refusal(Code.INVALID, "A day is written as 2026-01-31.")
    return day


def _start_ms(day: date | None) -> int | None:
    """When a day begins, in UTC."""
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _find(conn: Connection, visitor: Visitor, question: Search) -> tuple[Found, dict[str, Cursor]]:
    """What was found, and the cursors of the forums where that stands."""
    found = find_posts(conn, visitor, question)
    forum_ids = {thread["forum_id"] for thread in found.titles} | {item.forum["id"] for item in found.posts}
    return found, read_cursors(conn, map(forum_channel, sorted(forum_ids)))


def _readable_forums(conn: Connection, visitor: Visitor) -> list[ForumData]:
    return [row.forum for row in read_forums(conn) if may_read(visitor, row.rules)]


def _search_data(found: Found) -> SearchData:
    posts = [
        FoundPostData(
            post=post.post,
            thread=post.thread,
            excerpt=[ExcerptPiece(text=piece.text, is_found=piece.is_found) for piece in post.excerpt],
        )
        for post in found.posts
    ]
    return SearchData(
        threads=found.titles,
        posts=posts,
        total=found.total,
        is_cut=found.is_cut,
        page=found.page,
        page_count=found.page_count,
    )
