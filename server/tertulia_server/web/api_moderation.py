"""The JSON API for those who moderate."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.moderation import ThreadOutcome
from tertulia_server.actions.moderation import change_thread as apply_change
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes_moderation import ChangeThreadBody, ThreadChangeData


async def change_thread(request: Request) -> Response:
    """Rename, lock, unlock, pin or unpin a thread."""
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    body = await read_json(request, ChangeThreadBody)
    outcome = await apply_change(
        services_of(request).actions,
        visitor,
        thread_id,
        title=body.title,
        is_locked=body.is_locked,
        is_pinned=body.is_pinned,
    )
    return _changed(outcome)


def _changed(outcome: ThreadOutcome) -> Response:
    return JSONResponse(ThreadChangeData(thread=outcome.thread, cursor=outcome.cursor))
