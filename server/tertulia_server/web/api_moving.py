"""The JSON API for moving, splitting and merging threads."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions import moderation
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.keys import HEADER
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_moderation import (
    MergeThreadBody,
    MovePostsBody,
    MoveThreadBody,
    SplitThreadBody,
    ThreadChangeData,
)


async def move_thread(request: Request) -> Response:
    """Move a thread into another forum; its id, its channel and its numbers stay."""
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    body = await read_json(request, MoveThreadBody)
    actions = services_of(request).actions
    return answer_changed(await moderation.move_thread(actions, visitor, thread_id, body.forum_id))


async def merge_thread(request: Request) -> Response:
    """Move all posts of a thread to the end of another one, which is the answer."""
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    body = await read_json(request, MergeThreadBody)
    actions = services_of(request).actions
    return answer_changed(await moderation.merge_thread(actions, visitor, thread_id, body.thread_id))


async def move_posts(request: Request) -> Response:
    """Move some posts to the end of another thread, which is the answer."""
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    body = await read_json(request, MovePostsBody)
    actions = services_of(request).actions
    return answer_changed(await moderation.move_posts(actions, visitor, thread_id, body.post_ids, body.thread_id))


async def split_thread(request: Request) -> Response:
    """Begin a thread in the same forum with some posts of another; the answer is the new one."""
    visitor = await identify(request)
    thread_id, key = parse_id(request.path_params["thread"]), request.headers.get(HEADER, "")
    body = await read_json(request, SplitThreadBody)
    actions = services_of(request).actions
    return answer_changed(
        await moderation.split_thread(actions, visitor, thread_id, body.post_ids, body.title, key=key)
    )


def answer_changed(outcome: moderation.ThreadOutcome) -> Response:
    """The thread as it is now, and from where to follow it."""
    return JSONResponse(ThreadChangeData(thread=outcome.thread, cursor=outcome.cursor))
