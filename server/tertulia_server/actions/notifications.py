"""What members do with notifications: read them, watch threads, choose what they want to be told."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.notifications import NotificationChoices
from tertulia_server.forum.rights import check_may_read
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.moved_lines import find_end
from tertulia_server.store.notifications import find_late, set_late_read, set_notifications_read
from tertulia_server.store.port import Connection
from tertulia_server.store.threads import find_thread_place
from tertulia_server.store.watches import set_choices, set_watching
from tertulia_server.store.webhooks import set_seen
from tertulia_wire.channels import member_channel
from tertulia_wire.codes import Code
from tertulia_wire.events import NOTIFIED


async def read_notifications(actions: Actions, visitor: Visitor, until_id: int) -> None:
    """Those up to this id are read, and all news of webhooks. `Refusal` with ``UNAUTHENTICATED`` to guests."""
    announcement = await actions.store.write(_read, _member(visitor), until_id, actions.now_ms())
    actions.tell(announcement)


async def read_late(actions: Actions, member_id: int, thread_id: int, first: int, end: int) -> None:
    """The member sees the posts with ``first`` <= number < ``end``, and with them what their edits told."""
    if await actions.store.read(find_late, member_id, thread_id, first, end):
        announcement = await actions.store.write(_read_late, member_id, thread_id, first, end, actions.now_ms())
        actions.tell(announcement)


async def watch_thread(actions: Actions, visitor: Visitor, thread_id: int, *, is_watching: bool) -> None:
    """Hear of the thread's replies, or no longer; if it was merged, of those where it went.

    `Refusal`: ``UNAUTHENTICATED``, ``NOT_FOUND``, ``BANNED``.
    """
    await actions.store.write(_watch, visitor, _member(visitor), thread_id, is_watching)


async def choose_notifications(actions: Actions, visitor: Visitor, chosen: NotificationChoices) -> None:
    """What to be told from now on. `Refusal` with ``UNAUTHENTICATED`` to guests."""
    await actions.store.write(set_choices, _member(visitor), chosen)


def _member(visitor: Visitor) -> int:
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    return visitor.member_id


def _read(conn: Connection, member_id: int, until_id: int, now_ms: int) -> Announcement | None:
    was_unread = [set_notifications_read(conn, member_id, until_id, now_ms), set_seen(conn, member_id)]
    if not any(was_unread):
        return None
    return announce(conn, [EventDraft(member_channel(member_id), NOTIFIED, 0, 1)])


def _read_late(conn: Connection, member_id: int, thread_id: int, first: int, end: int, now_ms: int) -> Announcement:
    set_late_read(conn, find_late(conn, member_id, thread_id, first, end), now_ms)
    return announce(conn, [EventDraft(member_channel(member_id), NOTIFIED, 0, 1)])


def _watch(conn: Connection, visitor: Visitor, member_id: int, thread_id: int, is_watching: bool) -> None:  # noqa: FBT001 - goes through Store.write
    thread_id = find_end(conn, thread_id)
    place = find_thread_place(conn, thread_id)
    if place is None:
        raise Refusal(Code.NOT_FOUND)
    check_may_read(visitor, place.rules)
    set_watching(conn, thread_id, member_id, is_watching=is_watching)
