"""The JSON API for what a member has read, watches, and was told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.notifications import read_notifications, watch_thread
from tertulia_server.errors import Refusal
from tertulia_server.forum.rights import check_may_read
from tertulia_server.store.access import read_access
from tertulia_server.store.notifications import Badge, read_badges, read_latest
from tertulia_server.store.port import Connection
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.notifications import member_of
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import (
    MarkBody,
    MarkData,
    NotificationsData,
    ReadNotificationsBody,
    UnreadData,
    WatchBody,
    WatchData,
)
from tertulia_wire.channels import thread_channel
from tertulia_wire.codes import Code
from tertulia_wire.data import NotificationData


async def get_notifications(request: Request) -> Response:
    """The member's latest notifications, and the cursor of the channel that brings further ones."""
    badge, found = await services_of(request).store.read(_read, member_of(await identify(request)))
    return JSONResponse(NotificationsData(notifications=found, unread=badge.unread, cursor=badge.cursor))


async def put_notifications_read(request: Request) -> Response:
    """Mark the notifications up to one as read."""
    visitor = await identify(request)
    body = await read_json(request, ReadNotificationsBody)
    await read_notifications(services_of(request).actions, visitor, body.until)
    badge, _ = await services_of(request).store.read(_read, member_of(visitor))
    return JSONResponse(UnreadData(unread=badge.unread))


async def put_watch(request: Request) -> Response:
    """Watch a thread, or no longer."""
    visitor = await identify(request)
    thread_id = parse_id(request.path_params["thread"])
    body = await read_json(request, WatchBody)
    await watch_thread(services_of(request).actions, visitor, thread_id, is_watching=body.is_watching)
    return JSONResponse(WatchData(is_watching=body.is_watching))


async def put_mark(request: Request) -> Response:
    """Say up to which number of a thread one has read: a mark never goes back, so requests may come in any order."""
    visitor = await identify(request)
    member_id, thread_id = member_of(visitor), parse_id(request.path_params["thread"])
    body = await read_json(request, MarkBody)
    services = services_of(request)
    channel = thread_channel(thread_id)
    access = (await services.store.read(read_access, [channel])).by_channel[channel]
    if not access.exists:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, access.rules)
    services.marks.note(member_id, thread_id, body.number)
    return JSONResponse(MarkData(number=body.number), 202)


def _read(conn: Connection, member_id: int) -> tuple[Badge, list[NotificationData]]:
    return read_badges(conn, [member_id])[member_id], read_latest(conn, member_id)
