"""The part of the table of the JSON API that moderates."""

from __future__ import annotations

from typing import Final

from tertulia_server.web.api_moderation import (
    ban,
    change_thread,
    close_reports,
    get_moderation_log,
    get_reports,
    report_post,
    unban,
)
from tertulia_server.web.api_moving import merge_thread, move_posts, move_thread, split_thread
from tertulia_server.web.operations import BODY, CHANGE, QueryField, delete, get, patch, post, put
from tertulia_server.web.shapes_moderation import (
    AuditPageData,
    BanBody,
    BanStateData,
    ChangeThreadBody,
    MergeThreadBody,
    MovePostsBody,
    MoveThreadBody,
    QueueData,
    ReportBody,
    ReportsClosedData,
    ReportTakenData,
    SplitThreadBody,
    ThreadChangeData,
)
from tertulia_wire.codes import Code

_MODERATE: Final = (*CHANGE, Code.NOT_FOUND, Code.FORBIDDEN)
_TAKE: Final = (*_MODERATE, *BODY)
_BEFORE: Final = (QueryField("before", "The line before which to read; without it, from the newest.", is_number=True),)

MODERATION_OPERATIONS: Final = (
    post("/api/threads/{thread}/move", move_thread, ThreadChangeData, body=MoveThreadBody, refusals=_TAKE),
    post("/api/threads/{thread}/merge", merge_thread, ThreadChangeData, body=MergeThreadBody, refusals=_TAKE),
    post("/api/threads/{thread}/move-posts", move_posts, ThreadChangeData, body=MovePostsBody, refusals=_TAKE),
    post(
        "/api/threads/{thread}/split",
        split_thread,
        ThreadChangeData,
        body=SplitThreadBody,
        is_keyed=True,
        refusals=(*_TAKE, Code.KEY_MISSING, Code.TITLE_INVALID),
    ),
    patch(
        "/api/threads/{thread}",
        change_thread,
        ThreadChangeData,
        body=ChangeThreadBody,
        refusals=(*_TAKE, Code.TITLE_INVALID),
    ),
    put("/api/members/{member}/ban", ban, BanStateData, body=BanBody, refusals=_TAKE),
    delete("/api/members/{member}/ban", unban, BanStateData, refusals=_MODERATE),
    post(
        "/api/posts/{post}/reports",
        report_post,
        ReportTakenData,
        body=ReportBody,
        status=201,
        refusals=(*_TAKE, Code.POST_REMOVED, Code.RATE_LIMITED),
    ),
    delete("/api/posts/{post}/reports", close_reports, ReportsClosedData, refusals=_MODERATE),
    get("/api/moderation/reports", get_reports, QueueData, refusals=(Code.UNAUTHENTICATED, Code.NOT_FOUND)),
    get(
        "/api/moderation/log",
        get_moderation_log,
        AuditPageData,
        query=_BEFORE,
        refusals=(Code.UNAUTHENTICATED, Code.NOT_FOUND, Code.INVALID),
    ),
)
