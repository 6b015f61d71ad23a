"""What members have read: marks that gather for a moment and are written together, and everything at once.

A page that is read costs at most one small row, and no request waits for it: whatever was noted since the last
transaction goes into the next one, the highest number of each thread. A normal exit writes what is left; a crash may
lose the marks of its last moment, never move one back.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal
from tertulia_server.forum.models import EventDraft, Visitor
from tertulia_server.forum.rights import may_read
from tertulia_server.hub.marked import marked
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.forums import read_forums
from tertulia_server.store.notifications import count_unread
from tertulia_server.store.port import Connection
from tertulia_server.store.read_marks import ReadMark, mark_all_read, raise_marks
from tertulia_wire.channels import member_channel
from tertulia_wire.codes import Code
from tertulia_wire.events import NOTIFIED

MAX_MARKS_PER_WRITE: Final = 100
MAX_WAITING_MARKS: Final = 10_000
"""While the database is away; further ones are dropped: the page marks them again when it is read again."""

MAX_REMEMBERED_MARKS: Final = 10_000
"""Of marks that were written: a page that is loaded again writes nothing."""

RETRY_S: Final = 1.0

Key = tuple[int, int]

log = structlog.get_logger()


class ReadMarks:
    """One per worker. `note` never waits; `flush` returns when all that was noted before is written, or was dropped."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._waiting: dict[Key, int] = {}
        self._written: OrderedDict[Key, int] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def note(self, member_id: int, thread_id: int, number: int) -> None:
        """The member has seen the thread's posts up to this number."""
        key = member_id, thread_id
        if number <= max(self._waiting.get(key, 0), self._written.get(key, 0)):
            return
        if key not in self._waiting and len(self._waiting) >= MAX_WAITING_MARKS:
            return
        self._waiting[key] = number
        if self._task is None:
            self._task = asyncio.create_task(self._write_all())

    async def flush(self) -> None:
        """Wait until nothing waits. An unwilling database is given up on only by `close`."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self) -> None:
        """Write what is left, once."""
        self._is_closing = True
        await self.flush()

    def forget(self, member_id: int) -> None:
        """Something else moved this member's marks."""
        for key in [key for key in self._written if key[0] == member_id]:
            del self._written[key]

    async def _write_all(self) -> None:
        try:
            await asyncio.sleep(0)  # all that is noted in this turn of the loop
            while self._waiting:
                batch = dict(list(self._waiting.items())[:MAX_MARKS_PER_WRITE])
                try:
                    raised, announcement = await self._actions.store.write(
                        _raise, [ReadMark(*key, number) for key, number in batch.items()]
                    )
                except Exception as error:  # noqa: BLE001 - whatever the database says, marks wait for it
                    log.warning("marks_not_written", error=repr(error), waiting=len(self._waiting))
                    if self._is_closing:
                        return
                    await asyncio.sleep(RETRY_S)
                    continue
                self._settle(batch)
                self._actions.tell(announcement)
                if raised:
                    self._actions.publish([marked(*mark) for mark in raised])
        finally:
            self._task = None

    def _settle(self, batch: dict[Key, int]) -> None:
        for key, number in batch.items():
            if self._waiting.get(key) == number:
                del self._waiting[key]
            self._written[key] = number
            self._written.move_to_end(key)
        while len(self._written) > MAX_REMEMBERED_MARKS:
            self._written.popitem(last=False)


async def read_everything(actions: Actions, visitor: Visitor, forum_id: int | None = None) -> None:
    """All that is in the forum, or in all forums that the visitor may read, counts as read.

    `Refusal`: ``UNAUTHENTICATED`` to guests, ``NOT_FOUND`` for a forum that the visitor may not read.
    """
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    actions.tell(await actions.store.write(_read_everything, visitor, visitor.member_id, forum_id, actions.now_ms()))
    actions.publish([marked(visitor.member_id, None, 0)])


def _raise(conn: Connection, marks: Sequence[ReadMark]) -> tuple[list[ReadMark], Announcement | None]:
    member_ids = {mark.member_id for mark in marks}
    before = count_unread(conn, member_ids)
    return raise_marks(conn, marks), _announce_changed(conn, before)


def _read_everything(
    conn: Connection, visitor: Visitor, member_id: int, forum_id: int | None, now_ms: int
) -> Announcement | None:
    readable = [row.forum["id"] for row in read_forums(conn) if may_read(visitor, row.rules)]
    wanted = [one for one in readable if forum_id in (None, one)]
    if forum_id is not None and not wanted:
        raise Refusal(Code.NOT_FOUND)
    before = count_unread(conn, [member_id])
    mark_all_read(conn, member_id, wanted, now_ms)
    return _announce_changed(conn, before)


def _announce_changed(conn: Connection, before: dict[int, int]) -> Announcement | None:
    """Other pages of these members show another number from now on."""
    had_some = [member_id for member_id, unread in before.items() if unread]
    now = count_unread(conn, had_some)
    return _announce(conn, [member_id for member_id in had_some if now[member_id] != before[member_id]])


def _announce(conn: Connection, member_ids: Iterable[int]) -> Announcement | None:
    drafts = [EventDraft(member_channel(member_id), NOTIFIED, 0, 1) for member_id in sorted(member_ids)]
    return announce(conn, drafts) if drafts else None
