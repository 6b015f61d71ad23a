"""What became of a delivery, written by the one worker that has the lease: all of a step or nothing.

Each step takes the lease in its own transaction and compares the fencing number, so that a worker which slept and lost
it changes nothing; and it moves the cursor only from where the delivery began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, insert, select, update

from tertulia_server.forum.models import EventDraft
from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.announcing import Announcement, announce
from tertulia_server.store.leases import take_lease
from tertulia_server.store.schema import webhook_deliveries as deliveries
from tertulia_server.store.schema import webhooks
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Gone, Job, Passing, Stop
from tertulia_server.store.webhooks import MAX_KEPT_DELIVERIES
from tertulia_wire.channels import member_channel
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import NOTIFIED

_mine = webhooks.c.id == bindparam("webhook")
_where_it_began = (webhooks.c.epoch == bindparam("old_epoch"), webhooks.c.seq == bindparam("old_seq"))
_MOVE: Final = (
    update(webhooks)
    .where(_mine, *_where_it_began)
    .values(
        epoch=bindparam("new_epoch"),
        seq=bindparam("new_seq"),
        failures=0,
        failing_since_ms=None,
        due_ms=bindparam("now_ms"),
    )
)
_FAIL: Final = (
    update(webhooks)
    .where(_mine, webhooks.c.is_on, *_where_it_began)
    .values(
        failures=webhooks.c.failures + 1,
        failing_since_ms=case(
            (webhooks.c.failing_since_ms.is_(None), bindparam("now_ms")), else_=webhooks.c.failing_since_ms
        ),
        due_ms=bindparam("next_ms"),
    )
    .returning(webhooks.c.failing_since_ms)
)
_SWITCH_OFF: Final = (
    update(webhooks)
    .where(_mine, webhooks.c.is_on)
    .values(is_on=False, off_reason=bindparam("why"), notice_ms=bindparam("now_ms"))
    .returning(webhooks.c.owner_id)
)
_THERE: Final = select(webhooks.c.id).where(_mine)
_KEEP: Final = insert(deliveries)
_DONE_AGAIN: Final = update(deliveries).where(deliveries.c.id == bindparam("wanted")).values(is_wanted_again=False)
_OLDEST_KEPT: Final = (
    select(deliveries.c.id)
    .where(deliveries.c.webhook_id == bindparam("webhook"))
    .order_by(deliveries.c.id.desc())
    .offset(MAX_KEPT_DELIVERIES - 1)
    .limit(1)
)
_PRUNE: Final = delete(deliveries).where(
    deliveries.c.webhook_id == bindparam("webhook"), deliveries.c.id < bindparam("oldest")
)


class Turn(NamedTuple):
    """Which worker writes, with which lease, and when."""

    holder: str
    fence: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of sending a job. ``next_ms`` is when to try again if it failed; ``give_up_ms`` how long at most."""

    outcome: Outcome
    status: int | None
    answer: str
    started_ms: int
    duration_ms: int
    next_ms: int
    give_up_ms: int


class Written(NamedTuple):
    """``is_held``: the lease still was this worker's, and the step is written; ``announcement`` is to be published."""

    is_held: bool
    announcement: Announcement | None = None


_LOST: Final = Written(is_held=False)


def write_attempt(conn: Connection, turn: Turn, job: Job, attempt: Attempt) -> Written:
    """Keep what came of it; move the cursor, or say when to try again, or switch the webhook off."""
    if not _has_lease(conn, turn):
        return _LOST
    if conn.execute(_THERE, {"webhook": job.webhook_id}).first() is None:
        return Written(is_held=True)  # deleted meanwhile
    _keep(conn, job, attempt)
    if job.again is not None:
        conn.execute(_DONE_AGAIN, {"wanted": job.again})
        return Written(is_held=True)
    if attempt.outcome is Outcome.DELIVERED:
        _move(conn, job.webhook_id, job.after, job.cursor, turn.now_ms)
        return Written(is_held=True)
    where = {"webhook": job.webhook_id, "old_epoch": job.after.epoch, "old_seq": job.after.seq}
    since = conn.execute(_FAIL, {**where, "now_ms": turn.now_ms, "next_ms": attempt.next_ms}).scalar_one_or_none()
    if since is None or turn.now_ms - since < attempt.give_up_ms:
        return Written(is_held=True)
    return Written(True, _switch_off(conn, job.webhook_id, OffReason.FAILING, turn.now_ms))


def write_without_sending(conn: Connection, turn: Turn, work: Passing | Gone | Stop) -> Written:
    """What there is nothing to send for."""
    if not _has_lease(conn, turn):
        return _LOST
    match work:
        case Passing(webhook_id, after, cursor):
            _move(conn, webhook_id, after, cursor, turn.now_ms)
        case Gone(_, again):
            conn.execute(_DONE_AGAIN, {"wanted": again})
            _keep(conn, work, Attempt(Outcome.GONE, None, "", turn.now_ms, 0, 0, 0))
        case Stop(webhook_id, reason):
            return Written(True, _switch_off(conn, webhook_id, reason, turn.now_ms))
    return Written(is_held=True)


def _has_lease(conn: Connection, turn: Turn) -> bool:
    return take_lease(conn, LEASE, turn.holder, now_ms=turn.now_ms, lease_ms=LEASE_MS) == turn.fence


def _move(conn: Connection, webhook_id: int, after: Cursor, cursor: Cursor, now_ms: int) -> None:
    place = {"old_epoch": after.epoch, "old_seq": after.seq, "new_epoch": cursor.epoch, "new_seq": cursor.seq}
    conn.execute(_MOVE, {"webhook": webhook_id, "now_ms": now_ms, **place})


def _switch_off(conn: Connection, webhook_id: int, reason: OffReason, now_ms: int) -> Announcement | None:
    values = {"webhook": webhook_id, "why": reason.value, "now_ms": now_ms}
    owner_id = conn.execute(_SWITCH_OFF, values).scalar_one_or_none()
    return None if owner_id is None else announce(conn, [EventDraft(member_channel(owner_id), NOTIFIED, 0, 1)])


def _keep(conn: Connection, job: Job | Gone, attempt: Attempt) -> None:
    row: dict[str, Any] = {
        "webhook_id": job.webhook_id,
        "epoch": job.cursor.epoch,
        "seq": job.cursor.seq,
        "name": job.name,
        "attempt": job.attempt if isinstance(job, Job) else 1,
        "started_ms": attempt.started_ms,
        "duration_ms": attempt.duration_ms,
        "outcome": attempt.outcome.value,
        "status": attempt.status,
        "answer": attempt.answer,
    }
    conn.execute(_KEEP, row)
    oldest = conn.execute(_OLDEST_KEPT, {"webhook": job.webhook_id}).scalar_one_or_none()
    if oldest is not None:
        conn.execute(_PRUNE, {"webhook": job.webhook_id, "oldest": oldest})
