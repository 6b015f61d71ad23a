"""Reporting posts to those who moderate, and closing what was reported."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.moderation import check_reason
from tertulia_server.forum.rights import check_may_write
from tertulia_server.store.reports import write_report, write_reports_closed


async def report_post(actions: Actions, visitor: Visitor, post_id: int, reason: str) -> None:
    """Tell those who moderate the forum about a post. Its event says nothing, and goes to nobody but the staff.

    `Refusal`: ``UNAUTHENTICATED``, ``BANNED``, ``NOT_FOUND``, ``POST_REMOVED``, ``FORBIDDEN``, ``INVALID``,
    ``RATE_LIMITED``.
    """
    check_may_write(visitor)
    reason = check_reason(reason)
    announcement = await actions.store.write(write_report, visitor, post_id, reason, now_ms=actions.now_ms())
    actions.tell(announcement)


async def close_reports(actions: Actions, visitor: Visitor, post_id: int) -> int:
    """Let a reported post stand; how many reports that closed. Refuses all but those who moderate its forum."""
    check_may_write(visitor)
    closed, announcement = await actions.store.write(write_reports_closed, visitor, post_id, now_ms=actions.now_ms())
    actions.tell(announcement)
    return closed
