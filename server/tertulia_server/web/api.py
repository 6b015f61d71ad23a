"""The table of the JSON API: each operation once, from which come its routes and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.routing import BaseRoute

from tertulia_server.web.api_accounts import create_bot, create_token, delete_token, get_member, get_tokens
from tertulia_server.web.api_administration_table import ADMINISTRATION_OPERATIONS
from tertulia_server.web.api_composing import get_names, get_quote, get_versions, preview_post, restore_post
from tertulia_server.web.api_drafts import delete_draft, get_draft, get_drafts, put_draft
from tertulia_server.web.api_log import get_log
from tertulia_server.web.api_moderation_table import MODERATION_OPERATIONS
from tertulia_server.web.api_notifications import (
    get_notifications,
    put_mark,
    put_notifications_read,
    put_watch,
)
from tertulia_server.web.api_reading import get_forum, get_forums, get_me, get_post, get_posts, get_thread
from tertulia_server.web.api_shares import put_share
from tertulia_server.web.api_trials_table import TRIAL_OPERATIONS
from tertulia_server.web.api_webhooks_table import WEBHOOK_OPERATIONS
from tertulia_server.web.api_writing import create_post, create_thread, delete_post, edit_post, rate_post
from tertulia_server.web.methods import Handler, by_method
from tertulia_server.web.operations import ApiOperation, QueryField
from tertulia_server.web.search import get_search
from tertulia_server.web.shapes import (
    CreatePostBody,
    CreateThreadBody,
    EditPostBody,
    ForumPageData,
    ForumsData,
    LogData,
    MarkBody,
    MarkData,
    MeData,
    NotificationsData,
    PostChangeData,
    PostDocument,
    PostOutcomeData,
    RatePostBody,
    RatingOutcomeData,
    ReadNotificationsBody,
    ThreadDocument,
    ThreadPageData,
    UnreadData,
    WatchBody,
    WatchData,
)
from tertulia_server.web.shapes_accounts import (
    CreateBotBody,
    CreateTokenBody,
    MemberDocument,
    NewBotData,
    NewTokenData,
    TokensData,
)
from tertulia_server.web.shapes_composing import (
    DraftDocument,
    DraftsData,
    NamesData,
    PreviewBody,
    PreviewData,
    QuoteData,
    SavedDraftData,
    SaveDraftBody,
    VersionsData,
)
from tertulia_server.web.shapes_search import SearchData
from tertulia_server.web.shapes_shares import ShareWorkBody, ShareWorkData
from tertulia_wire.codes import Code

_PAGE: Final = (QueryField("page", "Page number, from 1.", is_number=True),)
_LOG_QUERY: Final = (
    QueryField("channel", "The channel's name, as thread:17.", is_required=True),
    QueryField("after", "The cursor so far, as EPOCH.SEQ.", is_required=True),
    QueryField("until", "The last seq wanted; without it, the head.", is_number=True),
)
_PLACE: Final = (QueryField("place", "thread:17, forum:3 or post:431.", is_required=True),)
_SEARCH: Final = (
    QueryField("q", 'Words; "words in quotes" stand together, -word must not be there.', is_required=True),
    QueryField("forum", "The id of the only forum to look in.", is_number=True),
    QueryField("author", "The name of the only author."),
    QueryField("from", "The first day, as 2026-01-31, in UTC."),
    QueryField("until", "The last day."),
    QueryField("sort", "newest: the newest first; else what fits best."),
    *_PAGE,
)
_BEFORE: Final = (QueryField("before", "Posts before the one with this id.", is_number=True),)
_WRITE: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.ORIGIN_REFUSED)
_JSON: Final = (Code.UNSUPPORTED_MEDIA, Code.TOO_LARGE, Code.MALFORMED, Code.INVALID)
_BODY: Final = (*_JSON, Code.POST_EMPTY, Code.POST_TOO_LONG)
_POST: Final = (*_WRITE, *_BODY, Code.KEY_MISSING, Code.NOT_FOUND, Code.FORBIDDEN, Code.RATE_LIMITED)
_CHANGE: Final = (*_WRITE, Code.NOT_FOUND, Code.FORBIDDEN, Code.POST_REMOVED)
_READ_BODY: Final = (Code.UNSUPPORTED_MEDIA, Code.TOO_LARGE, Code.MALFORMED, Code.INVALID)
_READER: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.ORIGIN_REFUSED, Code.NOT_FOUND, *_READ_BODY)

OPERATIONS: Final = (
    ApiOperation(method="GET", path="/api/me", handler=get_me, answer=MeData),
    ApiOperation(method="GET", path="/api/forums", handler=get_forums, answer=ForumsData),
    ApiOperation(
        method="GET",
        path="/api/forums/{forum}",
        handler=get_forum,
        answer=ForumPageData,
        query=_PAGE,
        refusals=(Code.NOT_FOUND, Code.INVALID),
    ),
    ApiOperation(
        method="POST",
        path="/api/forums/{forum}/threads",
        handler=create_thread,
        answer=PostOutcomeData,
        status=201,
        body=CreateThreadBody,
        is_keyed=True,
        refusals=(*_POST, Code.TITLE_INVALID),
    ),
    ApiOperation(
        method="GET",
        path="/api/threads/{thread}",
        handler=get_thread,
        answer=ThreadDocument,
        refusals=(Code.NOT_FOUND,),
    ),
    ApiOperation(
        method="GET",
        path="/api/threads/{thread}/posts",
        handler=get_posts,
        answer=ThreadPageData,
        query=_PAGE,
        refusals=(Code.NOT_FOUND, Code.INVALID),
    ),
    ApiOperation(
        method="POST",
        path="/api/threads/{thread}/posts",
        handler=create_post,
        answer=PostOutcomeData,
        status=201,
        body=CreatePostBody,
        is_keyed=True,
        refusals=(*_POST, Code.THREAD_LOCKED),
    ),
    ApiOperation(
        method="GET", path="/api/posts/{post}", handler=get_post, answer=PostDocument, refusals=(Code.NOT_FOUND,)
    ),
    ApiOperation(
        method="PATCH",
        path="/api/posts/{post}",
        handler=edit_post,
        answer=PostChangeData,
        body=EditPostBody,
        refusals=(*_CHANGE, *_BODY, Code.STALE_VERSION, Code.THREAD_LOCKED),
    ),
    ApiOperation(
        method="DELETE", path="/api/posts/{post}", handler=delete_post, answer=PostChangeData, refusals=_CHANGE
    ),
    ApiOperation(
        method="PUT",
        path="/api/posts/{post}/rating",
        handler=rate_post,
        answer=RatingOutcomeData,
        body=RatePostBody,
        refusals=(*_CHANGE, *_JSON, Code.RATE_LIMITED),
    ),
    ApiOperation(
        method="PUT",
        path="/api/threads/{thread}/mark",
        handler=put_mark,
        answer=MarkData,
        status=202,
        body=MarkBody,
        refusals=_READER,
    ),
    ApiOperation(
        method="PUT",
        path="/api/threads/{thread}/watch",
        handler=put_watch,
        answer=WatchData,
        body=WatchBody,
        refusals=_READER,
    ),
    ApiOperation(
        method="GET",
        path="/api/notifications",
        handler=get_notifications,
        answer=NotificationsData,
        refusals=(Code.UNAUTHENTICATED,),
    ),
    ApiOperation(
        method="PUT",
        path="/api/notifications/read",
        handler=put_notifications_read,
        answer=UnreadData,
        body=ReadNotificationsBody,
        refusals=(Code.UNAUTHENTICATED, Code.ORIGIN_REFUSED, *_READ_BODY),
    ),
    ApiOperation(
        method="POST", path="/api/posts/{post}/restore", handler=restore_post, answer=PostChangeData, refusals=_CHANGE
    ),
    ApiOperation(
        method="GET", path="/api/posts/{post}/quote", handler=get_quote, answer=QuoteData, refusals=(Code.NOT_FOUND,)
    ),
    ApiOperation(
        method="GET",
        path="/api/posts/{post}/versions",
        handler=get_versions,
        answer=VersionsData,
        query=(QueryField("before", "A version: only older ones.", is_number=True),),
        refusals=(Code.NOT_FOUND, Code.FORBIDDEN, Code.INVALID),
    ),
    ApiOperation(
        method="POST",
        path="/api/preview",
        handler=preview_post,
        answer=PreviewData,
        body=PreviewBody,
        refusals=(*_WRITE, *_BODY, Code.NOT_FOUND, Code.FORBIDDEN, Code.THREAD_LOCKED, Code.RATE_LIMITED),
    ),
    ApiOperation(
        method="GET",
        path="/api/names",
        handler=get_names,
        answer=NamesData,
        query=(
            QueryField("start", "How the names begin.", is_required=True),
            QueryField("thread", "The thread that is written in.", is_number=True),
        ),
        refusals=(*_WRITE, Code.INVALID, Code.RATE_LIMITED),
    ),
    ApiOperation(method="GET", path="/api/drafts", handler=get_drafts, answer=DraftsData, refusals=_WRITE),
    ApiOperation(
        method="GET",
        path="/api/draft",
        handler=get_draft,
        answer=DraftDocument,
        query=_PLACE,
        refusals=(*_WRITE, Code.INVALID),
    ),
    ApiOperation(
        method="PUT",
        path="/api/draft",
        handler=put_draft,
        answer=SavedDraftData,
        body=SaveDraftBody,
        refusals=(*_WRITE, *_BODY, Code.RATE_LIMITED),
    ),
    ApiOperation(
        method="DELETE",
        path="/api/draft",
        handler=delete_draft,
        answer=DraftDocument,
        query=(*_PLACE, QueryField("version", "The newest version that goes.", is_required=True, is_number=True)),
        refusals=(*_WRITE, Code.INVALID),
    ),
    ApiOperation(
        method="PUT",
        path="/api/shares/{share}",
        handler=put_share,
        answer=ShareWorkData,
        body=ShareWorkBody,
        refusals=(*_WRITE, *_READ_BODY, Code.FORBIDDEN, Code.NOT_FOUND, Code.RATE_LIMITED),
    ),
    ApiOperation(
        method="GET", path="/api/search", handler=get_search, answer=SearchData, query=_SEARCH, refusals=(Code.INVALID,)
    ),
    ApiOperation(
        method="GET",
        path="/api/members/{member}",
        handler=get_member,
        answer=MemberDocument,
        query=_BEFORE,
        refusals=(Code.NOT_FOUND, Code.INVALID),
    ),
    ApiOperation(
        method="GET", path="/api/me/tokens", handler=get_tokens, answer=TokensData, refusals=(Code.FORBIDDEN,)
    ),
    ApiOperation(
        method="POST",
        path="/api/me/tokens",
        handler=create_token,
        answer=NewTokenData,
        status=201,
        body=CreateTokenBody,
        refusals=(*_WRITE, *_JSON, Code.NOT_FOUND, Code.FORBIDDEN, Code.TITLE_INVALID),
    ),
    ApiOperation(
        method="DELETE",
        path="/api/me/tokens/{token}",
        handler=delete_token,
        answer=TokensData,
        refusals=(Code.ORIGIN_REFUSED, Code.FORBIDDEN, Code.NOT_FOUND),
    ),
    ApiOperation(
        method="POST",
        path="/api/me/bots",
        handler=create_bot,
        answer=NewBotData,
        status=201,
        body=CreateBotBody,
        refusals=(*_WRITE, *_JSON, Code.FORBIDDEN, Code.NAME_TAKEN),
    ),
    ApiOperation(
        method="GET",
        path="/api/log",
        handler=get_log,
        answer=LogData,
        query=_LOG_QUERY,
        refusals=(Code.UNKNOWN_CHANNEL, Code.INVALID, Code.CURSOR_RESET),
    ),
    *MODERATION_OPERATIONS,
    *ADMINISTRATION_OPERATIONS,
    *TRIAL_OPERATIONS,
    *WEBHOOK_OPERATIONS,
)


def api_routes(operations: Iterable[ApiOperation] = OPERATIONS) -> list[BaseRoute]:
    """A route per address of the table."""
    paths: dict[str, dict[str, Handler]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation.handler
    return [by_method(path, **handlers) for path, handlers in paths.items()]
