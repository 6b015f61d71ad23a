"""The JSON API that helps to write: a preview, names to mention, a quote, the versions of a post, its restoration."""

from __future__ import annotations

from typing import Literal, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.posts import restore_post as give_back_post
from tertulia_server.actions.previewing import render_preview
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.names import MAX_NAME_CHARS
from tertulia_server.forum.quotes import quote_post
from tertulia_server.forum.rights import check_may_see_versions, check_may_write
from tertulia_server.store.mentions import suggest_names
from tertulia_server.store.port import Connection
from tertulia_server.store.surroundings import find_readable_thread
from tertulia_server.store.versions import PostVersions, read_versions
from tertulia_server.web.addresses import find_number, parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.pages import read_place
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import PostChangeData
from tertulia_server.web.shapes_composing import (
    NameData,
    NamesData,
    PreviewBody,
    PreviewData,
    QuoteData,
    TextVersionData,
    VersionsData,
)
from tertulia_wire.codes import Code


async def preview_post(request: Request) -> Response:
    """The HTML that a text would have as a post."""
    visitor = await identify(request)
    services = services_of(request)
    check_may_write(visitor)
    services.paces.previews.check(visitor.member_id or 0)
    body = await read_json(request, PreviewBody)
    html = await render_preview(services.actions, visitor, body.text, post_id=body.post_id)
    return JSONResponse(PreviewData(html=html))


async def get_names(request: Request) -> Response:
    """Up to 8 members whose names begin so: those who write in the thread first; all others from two letters on."""
    visitor = await identify(request)
    services = services_of(request)
    check_may_write(visitor)
    services.paces.names.check(visitor.member_id or 0)
    start = request.query_params.get("start", "")
    if len(start) > MAX_NAME_CHARS:
        return JSONResponse(NamesData(members=[]))
    thread_id = find_number(request, "thread")
    found = await services.store.read(_suggest, visitor, start, thread_id)
    return JSONResponse(NamesData(members=found))


async def get_quote(request: Request) -> Response:
    """A post as a quote to be answered to."""
    place = await read_place(request, await identify(request))
    return JSONResponse(QuoteData(markdown=quote_post(place.post)))


async def get_versions(request: Request) -> Response:
    """The texts that a post has had; for its author and those who moderate."""
    visitor = await identify(request)
    found = await find_versions(request, visitor, before=find_number(request, "before"))
    return JSONResponse(_versions_data(found))


async def restore_post(request: Request) -> Response:
    """Give a removed post its text back; told as ``post.edited``."""
    visitor = await identify(request)
    outcome = await give_back_post(services_of(request).actions, visitor, parse_id(request.path_params["post"]))
    return JSONResponse(PostChangeData(post=outcome.post, thread=outcome.thread, cursor=outcome.cursor))


async def find_versions(request: Request, visitor: Visitor, *, before: int | None = None) -> PostVersions:
    """The versions of the post named by the path, if the visitor may see them; else `Refusal`."""
    post_id = parse_id(request.path_params["post"])
    found = await services_of(request).store.read(read_versions, post_id, before=before)
    if found is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_see_versions(visitor, found.row.author_id, found.rules)
    return found


def _suggest(conn: Connection, visitor: Visitor, start: str, thread_id: int | None) -> list[NameData]:
    thread = None if thread_id is None else find_readable_thread(conn, visitor, thread_id)
    readable_id = None if thread is None else thread["id"]
    found = suggest_names(conn, start, thread_id=readable_id, own_id=visitor.member_id or 0)
    return [NameData(id=one.id, name=one.name) for one in found]


def _versions_data(found: PostVersions) -> VersionsData:
    texts = [
        TextVersionData(
            version=text.version,
            text=text.text,
            format=cast("Literal['markdown', 'literal']", text.format),
            by=NameData(id=text.by_id, name=text.by),
            written_ms=text.written_ms,
        )
        for text in found.texts
    ]
    return VersionsData(post_id=found.row.id, versions=texts, before=found.before)
