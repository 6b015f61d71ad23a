"""Pages for those who moderate: what was reported, and what was done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tertulia_server.actions.reports import close_reports
from tertulia_server.errors import Refusal
from tertulia_server.forum.moderation import AuditAction
from tertulia_server.forum.rights import check_is_staff, moderated_forums
from tertulia_server.store.audit import AuditPage, read_entries
from tertulia_server.store.heads import read_cursor
from tertulia_server.store.port import Connection
from tertulia_server.store.reports import ReportedPost, count_queue, read_queue
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.identity import identify
from tertulia_server.web.languages import later
from tertulia_server.web.rendering import render
from tertulia_server.web.services import services_of
from tertulia_wire.channels import MODERATION_CHANNEL
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

DEEDS: Final = {
    AuditAction.THREAD_LOCKED: later("locked the thread"),
    AuditAction.THREAD_UNLOCKED: later("unlocked the thread"),
    AuditAction.THREAD_PINNED: later("pinned the thread"),
    AuditAction.THREAD_UNPINNED: later("unpinned the thread"),
    AuditAction.THREAD_RENAMED: later("renamed the thread"),
    AuditAction.THREAD_MOVED: later("moved the thread"),
    AuditAction.THREAD_MERGED: later("merged the thread into another"),
    AuditAction.THREAD_SPLIT: later("began a thread with posts of another"),
    AuditAction.POSTS_MOVED: later("moved posts into another thread"),
    AuditAction.POST_REMOVED: later("removed a post"),
    AuditAction.POST_RESTORED: later("restored a post"),
    AuditAction.REPORTS_CLOSED: later("let a reported post stand"),
    AuditAction.MEMBER_BANNED: later("banned a member"),
    AuditAction.MEMBER_UNBANNED: later("ended a ban"),
    AuditAction.BAN_ENDED: later("saw a ban end by itself"),
}


async def show_queue(request: Request) -> Response:
    """``GET /moderation``: the reported posts of the forums that the visitor moderates."""
    visitor = await identify(request)
    check_is_staff(visitor)
    queue = await services_of(request).store.read(_read_queue, moderated_forums(visitor))
    return render(request, "queue.html", queue._asdict())


async def take_close(request: Request) -> Response:
    """``POST /moderation/posts/431/close``: the post stands; back to the queue."""
    visitor = await identify(request)
    await close_reports(services_of(request).actions, visitor, parse_id(request.path_params["post"]))
    return RedirectResponse("/moderation", 303)


async def show_audit(request: Request) -> Response:
    """``GET /moderation/log[?before=17]``: what was done in these forums, and on the whole site."""
    visitor = await identify(request)
    check_is_staff(visitor)
    before = before_of(request)
    cursor, page = await services_of(request).store.read(_read_log, before, moderated_forums(visitor))
    context = {"lines": page.lines, "before": page.before, "is_newest": before is None}
    return render(request, "audit.html", {**context, "cursor": cursor, "deeds": DEEDS})


class _Queue(NamedTuple):
    waiting: Sequence[ReportedPost]
    waiting_count: int
    cursor: Cursor


def _read_queue(conn: Connection, forum_ids: Collection[int] | None) -> _Queue:
    cursor = read_cursor(conn, MODERATION_CHANNEL)
    waiting = read_queue(conn, forum_ids)
    return _Queue(waiting, count_queue(conn, forum_ids) if waiting else 0, cursor)


def _read_log(conn: Connection, before: int | None, forum_ids: Collection[int] | None) -> tuple[Cursor, AuditPage]:
    return read_cursor(conn, MODERATION_CHANNEL), read_entries(conn, before, forum_ids=forum_ids)


def before_of(request: Request) -> int | None:
    """``?before=17``; None without it."""
    text = request.query_params.get("before")
    try:
        return None if text is None else parse_id(text)
    except Refusal:
        raise Refusal(Code.INVALID, "before is the number of a line.") from None
