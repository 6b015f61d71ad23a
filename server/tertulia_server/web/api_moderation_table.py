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
from tertulia_server.web.operations import ApiOperation, QueryField
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

_WRITE: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.ORIGIN_REFUSED)
_MODERATE: Final = (
    Code.UNAUTHENTICATED,
    Code.BANNED,
    Code.ORIGIN_REFUSED,
    Code.UNSUPPORTED_MEDIA,
    Code.TOO_LARGE,
    Code.MALFORMED,
    Code.INVALID,
    Code.NOT_FOUND,
    Code.FORBIDDEN,
)
_BEFORE: Final = (QueryField("before", "The line before which to read; without it, from the newest.", is_number=True),)

MODERATION_OPERATIONS: Final = (
    ApiOperation(
        method="POST",
        path="/api/threads/{thread}/move",
        handler=move_thread,
        answer=ThreadChangeData,
        body=MoveThreadBody,
        refusals=_MODERATE,
    ),
    ApiOperation(
        method="POST",
        path="/api/threads/{thread}/merge",
        handler=merge_thread,
        answer=ThreadChangeData,
        body=MergeThreadBody,
        refusals=_MODERATE,
    ),
    ApiOperation(
        method="POST",
        path="/api/threads/{thread}/move-posts",
        handler=move_posts,
        answer=ThreadChangeData,
        body=MovePostsBody,
        refusals=_MODERATE,
    ),
    ApiOperation(
        method="POST",
        path="/api/threads/{thread}/split",
        handler=split_thread,
        answer=ThreadChangeData,
        body=SplitThreadBody,
        is_keyed=True,
        refusals=(*_MODERATE, Code.KEY_MISSING, Code.TITLE_INVALID),
    ),
    ApiOperation(
        method="PATCH",
        path="/api/threads/{thread}",
        handler=change_thread,
        answer=ThreadChangeData,
        body=ChangeThreadBody,
        refusals=(*_MODERATE, Code.TITLE_INVALID),
    ),
    ApiOperation(
        method="PUT",
        path="/api/members/{member}/ban",
        handler=ban,
        answer=BanStateData,
        body=BanBody,
        refusals=_MODERATE,
    ),
    ApiOperation(
        method="DELETE",
        path="/api/members/{member}/ban",
        handler=unban,
        answer=BanStateData,
        refusals=(*_WRITE, Code.NOT_FOUND, Code.FORBIDDEN),
    ),
    ApiOperation(
        method="POST",
        path="/api/posts/{post}/reports",
        handler=report_post,
        answer=ReportTakenData,
        status=201,
        body=ReportBody,
        refusals=(*_MODERATE, Code.POST_REMOVED, Code.RATE_LIMITED),
    ),
    ApiOperation(
        method="DELETE",
        path="/api/posts/{post}/reports",
        handler=close_reports,
        answer=ReportsClosedData,
        refusals=(*_WRITE, Code.NOT_FOUND, Code.FORBIDDEN),
    ),
    ApiOperation(
        method="GET",
        path="/api/moderation/reports",
        handler=get_reports,
        answer=QueueData,
        refusals=(Code.UNAUTHENTICATED, Code.NOT_FOUND),
    ),
    ApiOperation(
        method="GET",
        path="/api/moderation/log",
        handler=get_moderation_log,
        answer=AuditPageData,
        query=_BEFORE,
        refusals=(Code.UNAUTHENTICATED, Code.NOT_FOUND, Code.INVALID),
    ),
)
