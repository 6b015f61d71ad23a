"""The JSON API for reading: the same things as the pages, from the same readings of the store."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.rights import check_may_read, may_read
from tertulia_server.store.members import read_cards
from tertulia_server.store.pages import ForumPage, ThreadPage, read_forum_page, read_index, read_thread_page
from tertulia_server.store.port import Connection
from tertulia_server.web.addresses import parse_id, query_page
from tertulia_server.web.identity import identify
from tertulia_server.web.pages import read_place
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import (
    BanData,
    ForumPageData,
    ForumsData,
    ForumSummaryData,
    MeData,
    MovedLineData,
    PostDocument,
    ThreadDocument,
    ThreadPageData,
)
from tertulia_wire.codes import Code
from tertulia_wire.data import CardData


async def get_forums(request: Request) -> Response:
    """All forums that the visitor may read."""
    visitor = await identify(request)
    index = await services_of(request).store.read(read_index)
    readable = [summary for summary in index.forums if may_read(visitor, summary.rules)]
    forums = [ForumSummaryData(forum=summary.forum, last_thread=summary.last_thread) for summary in readable]
    return JSONResponse(ForumsData(forums=forums))


async def get_forum(request: Request) -> Response:
    """A page of a forum's threads."""
    visitor = await identify(request)
    forum_id = parse_id(request.path_params["forum"])
    page: ForumPage | None = await services_of(request).store.read(read_forum_page, forum_id, query_page(request))
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.rules)
    return JSONResponse(
        ForumPageData(
            forum=page.forum,
            threads=page.threads,
            page=page.page,
            page_count=page.page_count,
            cursor=page.cursor,
        )
    )


async def get_thread(request: Request) -> Response:
    """A thread without its posts."""
    page = await _read_thread(request, 1)
    return JSONResponse(ThreadDocument(thread=page.thread, forum=page.forum, cursor=page.cursor))


async def get_posts(request: Request) -> Response:
    """A page of a thread's posts."""
    page = await _read_thread(request, query_page(request))
    return JSONResponse(
        ThreadPageData(
            thread=page.thread,
            posts=page.posts,
            page=page.page,
            page_count=page.page_count,
            cursor=page.cursor,
            moved=[MovedLineData(number=line.number, post_id=line.post_id) for line in page.moved],
            marks={str(post_id): mark.word for post_id, mark in page.marks.items()},
        )
    )


async def get_post(request: Request) -> Response:
    """A post and where it stands; a removed one has no text."""
    place = await read_place(request, await identify(request))
    return JSONResponse(PostDocument(post=place.post, thread=place.thread, page=place.page))


async def get_me(request: Request) -> Response:
    """Who the server takes this visitor for."""
    visitor = await identify(request)
    card = None
    if visitor.member_id is not None:
        card = await services_of(request).store.read(_read_card, visitor.member_id)
    ban = None if visitor.ban is None else BanData(reason=visitor.ban.reason, until_ms=visitor.ban.until_ms)
    return JSONResponse(MeData(member=card, role=visitor.role.value, is_banned=visitor.is_banned, ban=ban))


async def _read_thread(request: Request, number: int) -> ThreadPage:
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    page = await services_of(request).store.read(read_thread_page, thread_id, number, visitor.member_id)
    if page is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, page.rules)
    return page


def _read_card(conn: Connection, member_id: int) -> CardData | None:
    return read_cards(conn, [member_id]).get(member_id)
