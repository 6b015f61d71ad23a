"""The JSON API for writing. A request may be repeated: its key makes sure that it posts once."""

from __future__ import annotations

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.posts import create_post as post_in_thread
from tertulia_server.actions.posts import edit_post as change_post
from tertulia_server.actions.posts import remove_post
from tertulia_server.actions.ratings import rate_post as give_mark
from tertulia_server.actions.threads import create_thread as start_thread
from tertulia_server.forum.marks import Mark
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import HEADER
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import (
    CreatePostBody,
    CreateThreadBody,
    EditPostBody,
    PostChangeData,
    PostOutcomeData,
    RatePostBody,
    RatingOutcomeData,
)
from tertulia_wire.cursors import Cursor
from tertulia_wire.data import PostData, ThreadData


async def create_post(request: Request) -> Response:
    """Post in a thread: 201, or 200 with the first outcome if the key was used before."""
    visitor = await identify(request)
    thread_id, key = parse_id(request.path_params["thread"]), request.headers.get(HEADER, "")
    body = await read_json(request, CreatePostBody)
    actions = services_of(request).actions
    outcome = await post_in_thread(actions, visitor, thread_id, body.text, key=key, kept_version=body.draft)
    return _created(outcome.post, outcome.thread, outcome.cursor, is_replayed=outcome.is_replayed)


async def create_thread(request: Request) -> Response:
    """Start a thread with its first post: 201, or 200 with the first outcome if the key was used before."""
    visitor = await identify(request)
    forum_id, key = parse_id(request.path_params["forum"]), request.headers.get(HEADER, "")
    body = await read_json(request, CreateThreadBody)
    actions = services_of(request).actions
    outcome = await start_thread(actions, visitor, forum_id, body.title, body.text, key=key, kept_version=body.draft)
    return _created(outcome.post, outcome.thread, outcome.cursor, is_replayed=outcome.is_replayed)


async def edit_post(request: Request) -> Response:
    """Change a post that has the given version; another version is refused with ``STALE_VERSION``."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    body = await read_json(request, EditPostBody)
    outcome = await change_post(services_of(request).actions, visitor, post_id, body.text, version=body.version)
    return _changed(outcome.post, outcome.thread, outcome.cursor)


async def delete_post(request: Request) -> Response:
    """Remove a post: its number stays, its text goes."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    outcome = await remove_post(services_of(request).actions, visitor, post_id)
    return _changed(outcome.post, outcome.thread, outcome.cursor)


async def rate_post(request: Request) -> Response:
    """Rate a post of somebody else, or take the rating back."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    body = await read_json(request, RatePostBody)
    mark = Mark.of(body.mark) or Mark.NONE
    outcome = await give_mark(services_of(request).actions, visitor, post_id, mark)
    data = RatingOutcomeData(post=outcome.post, thread=outcome.thread, cursor=outcome.cursor, mark=mark.word)
    return JSONResponse(data)


def _created(post: PostData, thread: ThreadData, cursor: Cursor, *, is_replayed: bool) -> Response:
    data = PostOutcomeData(post=post, thread=thread, cursor=cursor, replayed=is_replayed)
    # The bytes that JSONResponse makes, in a third of the time.
    body, location = to_json(data), {"Location": f"/api/posts/{post['id']}"}
    return Response(body, 200 if is_replayed else 201, location, "application/json")


def _changed(post: PostData, thread: ThreadData, cursor: Cursor) -> Response:
    return JSONResponse(PostChangeData(post=post, thread=thread, cursor=cursor))
