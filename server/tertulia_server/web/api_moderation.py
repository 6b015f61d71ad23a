"""The JSON API for those who moderate."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tertulia_server.actions.bans import ban_member, unban_member
from tertulia_server.actions.moderation import change_thread as apply_change
from tertulia_server.actions.reports import close_reports as take_reports
from tertulia_server.actions.reports import report_post as put_report
from tertulia_server.errors import Refusal
from tertulia_server.forum.rights import check_is_staff, moderated_forums
from tertulia_server.store.audit import read_entries
from tertulia_server.store.members import card_of, get_member, visitor_of
from tertulia_server.store.reports import read_cases, read_queue
from tertulia_server.web.addresses import parse_id
from tertulia_server.web.api_moving import answer_changed
from tertulia_server.web.bodies import read_json
from tertulia_server.web.identity import identify
from tertulia_server.web.moderation_pages import before_of
from tertulia_server.web.services import services_of
from tertulia_server.web.shapes import BanData
from tertulia_server.web.shapes_moderation import (
    AuditLineData,
    AuditPageData,
    BanBody,
    BanStateData,
    ChangeThreadBody,
    ReportBody,
    ReportsClosedData,
    ReportTakenData,
)
from tertulia_wire.codes import Code


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
    return answer_changed(outcome)


async def ban(request: Request) -> Response:
    """Ban a member, or give a ban another reason and end."""
    visitor = await identify(request)
    member_id = parse_id(request.path_params["member"])
    body = await read_json(request, BanBody)
    for_ms = None if body.for_s is None else body.for_s * 1000
    await ban_member(services_of(request).actions, visitor, member_id, body.reason, for_ms=for_ms)
    return await _ban_state(request, member_id)


async def unban(request: Request) -> Response:
    """End a ban before its time."""
    visitor = await identify(request)
    member_id = parse_id(request.path_params["member"])
    await unban_member(services_of(request).actions, visitor, member_id)
    return await _ban_state(request, member_id)


async def _ban_state(request: Request, member_id: int) -> Response:
    member = await services_of(request).store.read(get_member, member_id)
    if member is None:
        raise Refusal(Code.NOT_FOUND)
    visitor = visitor_of(member)
    state = None if visitor.ban is None else BanData(reason=visitor.ban.reason, until_ms=visitor.ban.until_ms)
    return JSONResponse(BanStateData(member=card_of(member), ban=state))


async def report_post(request: Request) -> Response:
    """Report a post to those who moderate its forum."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    body = await read_json(request, ReportBody)
    await put_report(services_of(request).actions, visitor, post_id, body.reason)
    return JSONResponse(ReportTakenData(post_id=post_id), 201)


async def close_reports(request: Request) -> Response:
    """Let a reported post stand: it leaves the queue."""
    visitor = await identify(request)
    post_id = parse_id(request.path_params["post"])
    closed = await take_reports(services_of(request).actions, visitor, post_id)
    return JSONResponse(ReportsClosedData(closed=closed))


async def get_reports(request: Request) -> Response:
    """The reported posts of the forums that the visitor moderates."""
    visitor = await identify(request)
    check_is_staff(visitor)
    forum_ids, store = moderated_forums(visitor), services_of(request).store
    waiting = await store.read(read_queue, forum_ids)
    count = (await store.read(read_cases, forum_ids)).waiting
    posts = [{**post._asdict(), "reports": [report._asdict() for report in post.reports]} for post in waiting]
    return JSONResponse({"posts": posts, "count": count})


async def get_moderation_log(request: Request) -> Response:
    """What was done in the forums that the visitor moderates, and on the whole site."""
    visitor = await identify(request)
    check_is_staff(visitor)
    before = before_of(request)
    page = await services_of(request).store.read(read_entries, before, forum_ids=moderated_forums(visitor))
    lines = [
        AuditLineData(
            id=line.id,
            at_ms=line.entry.at_ms,
            action=line.entry.action.value,
            actor=line.actor,
            forum_id=line.entry.forum_id,
            thread_id=line.entry.thread_id,
            post_id=line.entry.post_id,
            member_id=line.entry.member_id,
            member=line.member,
            detail=dict(line.entry.detail),
        )
        for line in page.lines
    ]
    return JSONResponse(AuditPageData(lines=lines, before=page.before))
