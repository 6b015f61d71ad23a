"""The log over HTTP: for a tab that comes back from sleep, or one that shares another's socket."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import check_may_read
from tertulia_server.store.access import read_access
from tertulia_server.store.log import read_log
from tertulia_server.store.port import Connection
from tertulia_server.store.replay import render_events
from tertulia_server.web.identity import identify
from tertulia_server.web.problems import problem_data, problem_response
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import LogData
from tertulia_wire.channels import parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.errors import WireError
from tertulia_wire.limits import LOG_BLOCK_EVENTS, MAX_SEQ


class _Reset(Exception):
    def __init__(self, reason: str, cursor: Cursor) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cursor = cursor


async def get_log(request: Request) -> Response:
    """Up to 64 events of a channel after a cursor; 410 with the reason and a fresh cursor if it cannot be resumed."""
    visitor = await identify(request)
    channel, after, until = _query(request)
    try:
        data = await services_of(request).store.read(_read, visitor, channel, after, until)
    except _Reset as reset:
        problem = problem_data(Code.CURSOR_RESET)
        problem["reason"] = reset.reason
        problem["cursor"] = reset.cursor
        return problem_response(problem)
    return JSONResponse(data)


def _query(request: Request) -> tuple[str, Cursor, int]:
    query = request.query_params
    try:
        channel = str(parse_channel(query.get("channel", "")))
    except WireError:
        raise Refusal(Code.UNKNOWN_CHANNEL) from None
    until = query.get("until", str(MAX_SEQ))
    if not (until.isascii() and until.isdecimal() and len(until) <= len(str(MAX_SEQ))):
        raise Refusal(Code.INVALID, "until is a seq.")
    return channel, Cursor.parse(query.get("after", "")), int(until)


def _read(conn: Connection, visitor: Visitor, channel: str, after: Cursor, until: int) -> LogData:
    accesses = read_access(conn, [channel])
    access = accesses.by_channel[channel]
    if not access.exists:
        raise Refusal(Code.UNKNOWN_CHANNEL)
    check_may_read(visitor, access.rules, access.owner_id)
    reason = reset_reason(after, epoch=accesses.epoch, first=access.first_seq, head=access.head)
    if reason is not None:
        raise _Reset(reason, Cursor(accesses.epoch, access.head))
    until = min(until, access.head, after.seq + LOG_BLOCK_EVENTS)
    logged = read_log(conn, channel, after.seq, until) if until > after.seq else []
    rendered = render_events(conn, logged)
    return LogData(
        events=[(event.channel, event.seq, event.name, dict(event.data)) for event in rendered],
        cursor=(accesses.epoch, max(after.seq, until)),
        head=access.head,
    )
