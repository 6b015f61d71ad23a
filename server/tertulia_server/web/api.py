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
from tertulia_server.web.operations import BODY, CHANGE, ApiOperation, QueryField, delete, get, patch, post, put
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
_TEXT: Final = (*BODY, Code.POST_EMPTY, Code.POST_TOO_LONG)
_POST: Final = (*CHANGE, *_TEXT, Code.KEY_MISSING, Code.NOT_FOUND, Code.FORBIDDEN, Code.RATE_LIMITED)
_EDIT: Final = (*CHANGE, Code.NOT_FOUND, Code.FORBIDDEN, Code.POST_REMOVED)
_READER: Final = (*CHANGE, *BODY, Code.NOT_FOUND)

OPERATIONS: Final = (
    get("/api/me", get_me, MeData),
    get("/api/forums", get_forums, ForumsData),
    get("/api/forums/{forum}", get_forum, ForumPageData, query=_PAGE, refusals=(Code.NOT_FOUND, Code.INVALID)),
    post(
        "/api/forums/{forum}/threads",
        create_thread,
        PostOutcomeData,
        body=CreateThreadBody,
        status=201,
        is_keyed=True,
        refusals=(*_POST, Code.TITLE_INVALID),
    ),
    get("/api/threads/{thread}", get_thread, ThreadDocument, refusals=(Code.NOT_FOUND,)),
    get("/api/threads/{thread}/posts", get_posts, ThreadPageData, query=_PAGE, refusals=(Code.NOT_FOUND, Code.INVALID)),
    post(
        "/api/threads/{thread}/posts",
        create_post,
        PostOutcomeData,
        body=CreatePostBody,
        status=201,
        is_keyed=True,
        refusals=(*_POST, Code.THREAD_LOCKED),
    ),
    get("/api/posts/{post}", get_post, PostDocument, refusals=(Code.NOT_FOUND,)),
    patch(
        "/api/posts/{post}",
        edit_post,
        PostChangeData,
        body=EditPostBody,
        refusals=(*_EDIT, *_TEXT, Code.STALE_VERSION, Code.THREAD_LOCKED),
    ),
    delete("/api/posts/{post}", delete_post, PostChangeData, refusals=_EDIT),
    put(
        "/api/posts/{post}/rating",
        rate_post,
        RatingOutcomeData,
        body=RatePostBody,
        refusals=(*_EDIT, *BODY, Code.RATE_LIMITED),
    ),
    put("/api/threads/{thread}/mark", put_mark, MarkData, body=MarkBody, status=202, refusals=_READER),
    put("/api/threads/{thread}/watch", put_watch, WatchData, body=WatchBody, refusals=_READER),
    get("/api/notifications", get_notifications, NotificationsData, refusals=(Code.UNAUTHENTICATED,)),
    put(
        "/api/notifications/read",
        put_notifications_read,
        UnreadData,
        body=ReadNotificationsBody,
        refusals=(Code.UNAUTHENTICATED, Code.ORIGIN_REFUSED, *BODY),
    ),
    post("/api/posts/{post}/restore", restore_post, PostChangeData, refusals=_EDIT),
    get("/api/posts/{post}/quote", get_quote, QuoteData, refusals=(Code.NOT_FOUND,)),
    get(
        "/api/posts/{post}/versions",
        get_versions,
        VersionsData,
        query=(QueryField("before", "A version: only older ones.", is_number=True),),
        refusals=(Code.NOT_FOUND, Code.FORBIDDEN, Code.INVALID),
    ),
    post(
        "/api/preview",
        preview_post,
        PreviewData,
        body=PreviewBody,
        refusals=(*CHANGE, *_TEXT, Code.NOT_FOUND, Code.FORBIDDEN, Code.THREAD_LOCKED, Code.RATE_LIMITED),
    ),
    get(
        "/api/names",
        get_names,
        NamesData,
        query=(
            QueryField("start", "How the names begin.", is_required=True),
            QueryField("thread", "The thread that is written in.", is_number=True),
        ),
        refusals=(*CHANGE, Code.INVALID, Code.RATE_LIMITED),
    ),
    get("/api/drafts", get_drafts, DraftsData, refusals=CHANGE),
    get("/api/draft", get_draft, DraftDocument, query=_PLACE, refusals=(*CHANGE, Code.INVALID)),
    put("/api/draft", put_draft, SavedDraftData, body=SaveDraftBody, refusals=(*CHANGE, *_TEXT, Code.RATE_LIMITED)),
    delete(
        "/api/draft",
        delete_draft,
        DraftDocument,
        query=(*_PLACE, QueryField("version", "The newest version that goes.", is_required=True, is_number=True)),
        refusals=(*CHANGE, Code.INVALID),
    ),
    put(
        "/api/shares/{share}",
        put_share,
        ShareWorkData,
        body=ShareWorkBody,
        refusals=(*CHANGE, *BODY, Code.FORBIDDEN, Code.NOT_FOUND, Code.RATE_LIMITED),
    ),
    get("/api/search", get_search, SearchData, query=_SEARCH, refusals=(Code.INVALID,)),
    get("/api/members/{member}", get_member, MemberDocument, query=_BEFORE, refusals=(Code.NOT_FOUND, Code.INVALID)),
    get("/api/me/tokens", get_tokens, TokensData, refusals=(Code.FORBIDDEN,)),
    post(
        "/api/me/tokens",
        create_token,
        NewTokenData,
        body=CreateTokenBody,
        status=201,
        refusals=(*CHANGE, *BODY, Code.NOT_FOUND, Code.FORBIDDEN, Code.TITLE_INVALID),
    ),
    delete(
        "/api/me/tokens/{token}",
        delete_token,
        TokensData,
        refusals=(Code.ORIGIN_REFUSED, Code.FORBIDDEN, Code.NOT_FOUND),
    ),
    post(
        "/api/me/bots",
        create_bot,
        NewBotData,
        body=CreateBotBody,
        status=201,
        refusals=(*CHANGE, *BODY, Code.FORBIDDEN, Code.NAME_TAKEN),
    ),
    get(
        "/api/log", get_log, LogData, query=_LOG_QUERY, refusals=(Code.UNKNOWN_CHANNEL, Code.INVALID, Code.CURSOR_RESET)
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
