"""What a webhook is to be sent next: read anew before each delivery, with the rights and the texts of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, case, func, literal, or_, select

from tertulia_server.errors import Refusal
from tertulia_server.forum.webhooks import OffReason, delivery_id, reason_to_stop
from tertulia_server.store.access import ChannelAccess, read_access
from tertulia_server.store.facts import EPOCH_VALUE
from tertulia_server.store.log import read_log
from tertulia_server.store.members import get_member
from tertulia_server.store.moderators import read_visitors
from tertulia_server.store.replay import RenderedEvent, render_events
from tertulia_server.store.schema import heads, leases, webhooks
from tertulia_server.store.schema import webhook_deliveries as deliveries
from tertulia_wire.codec import Encoding, encode_value
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.events import VOID
from tertulia_wire.webhooks import RESET, TEST, WebhookData

LEASE: Final = "webhooks"
LEASE_MS: Final = 5_000
"""How long a worker that died holds up the others."""

MAX_DUE_PER_LOOK: Final = 256
EVENTS_PER_READ: Final = 64

_again = webhooks.c.id.in_(select(deliveries.c.webhook_id).where(deliveries.c.is_wanted_again))
_is_behind = or_(func.coalesce(heads.c.seq, literal(0)) != webhooks.c.seq, webhooks.c.epoch != EPOCH_VALUE)
_is_failing = case((webhooks.c.failures > 0, 1), else_=0)
_DUE: Final = (
    select(webhooks.c.id, _is_failing.label("is_failing"))
    .select_from(webhooks.outerjoin(heads, heads.c.channel == webhooks.c.channel))
    .where(webhooks.c.is_on, or_(and_(webhooks.c.due_ms <= bindparam("now_ms"), _is_behind), _again))
    .order_by(_is_failing, webhooks.c.due_ms, webhooks.c.id)
    .limit(MAX_DUE_PER_LOOK)
)
_ON: Final = select(func.count(), func.min(webhooks.c.failing_since_ms)).where(webhooks.c.is_on)
_LEASE: Final = select(leases.c.holder, leases.c.expires_ms).where(leases.c.name == LEASE)
_ONE_ON: Final = select(webhooks).where(webhooks.c.id == bindparam("webhook"), webhooks.c.is_on)
_WANTED: Final = (
    select(deliveries)
    .where(deliveries.c.webhook_id == bindparam("of_webhook"), deliveries.c.is_wanted_again)
    .order_by(deliveries.c.id)
    .limit(1)
)


class Due(NamedTuple):
    """A webhook with something to do now. ``is_failing``: what it sent last was not taken."""

    id: int
    is_failing: bool


class Look(NamedTuple):
    """What is to be done: first what does not fail, then by how long it waits. ``is_elsewhere``: by another worker.

    ``on_count``: how many are switched on; ``failing_since_ms``: since when the one that has failed longest does.
    """

    due: Sequence[Due]
    on_count: int
    failing_since_ms: int | None
    is_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery. When it is done the cursor moves from ``after`` to ``cursor``.

    ``again`` is the attempt that its owner asked to repeat: then the cursor stays. ``secrets`` sign it.
    """

    webhook_id: int
    url: str
    secrets: Sequence[str]
    id: str
    name: str
    body: bytes
    after: Cursor
    cursor: Cursor
    attempt: int
    again: int | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """There is nothing to see between the two: the cursor moves, nothing is sent."""

    webhook_id: int
    after: Cursor
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Gone:
    """What was asked for again is not in the log any more, or void."""

    webhook_id: int
    again: int
    cursor: Cursor
    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The owner may not read it: the webhook is to be switched off."""

    webhook_id: int
    reason: OffReason


Work = Job | Passing | Gone | Stop


def look(conn: Connection, holder: str, now_ms: int) -> Look:
    """What is due. A reading operation, asked by every worker twice a second."""
    on_count, failing_since_ms = conn.execute(_ON).one()
    if on_count == 0:
        return Look([], 0, None, is_elsewhere=False)
    due = [Due(row.id, bool(row.is_failing)) for row in conn.execute(_DUE, {"now_ms": now_ms})]
    lease = conn.execute(_LEASE).one_or_none()
    is_elsewhere = lease is not None and lease.holder != holder and lease.expires_ms > now_ms
    return Look(due, on_count, failing_since_ms, is_elsewhere)


def find_work(conn: Connection, webhook_id: int, now_ms: int) -> Work | None:
    """The next thing to do for a webhook, None if there is none now. A reading operation, all of one moment."""
    row = conn.execute(_ONE_ON, {"webhook": webhook_id}).one_or_none()
    owner = None if row is None else get_member(conn, row.owner_id)
    if row is None or owner is None:
        return None
    accesses = read_access(conn, [row.channel])
    access = accesses.by_channel[row.channel]
    reason = reason_to_stop(read_visitors(conn, [owner])[owner.id], access.rules)
    if reason is not OffReason.NONE:
        return Stop(webhook_id, reason)
    wanted = conn.execute(_WANTED, {"of_webhook": webhook_id}).one_or_none()
    if wanted is not None:
        return _repeat(conn, row, wanted, accesses.epoch, now_ms)
    return None if row.due_ms > now_ms else _next(conn, row, access, accesses.epoch, now_ms)


def read_trial(conn: Connection, webhook_id: int, now_ms: int) -> Job:
    """A delivery that is no event, to see whether its receiver takes it; ``NOT_FOUND``. Each has an id of its own."""
    row = conn.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND, "There is no such webhook.")
    return _job(row, Cursor(row.epoch, row.seq), TEST, {"sent_ms": now_ms}, now_ms)


def _next(conn: Connection, row: Row[Any], access: ChannelAccess, epoch: str, now_ms: int) -> Work | None:
    after = Cursor(row.epoch, row.seq)
    reset = reset_reason(after, epoch=epoch, first=access.first_seq, head=access.head)
    if reset is not None:
        return _job(row, Cursor(epoch, access.head), RESET, {"reason": reset}, now_ms)
    if after.seq == access.head:
        return None
    until = after.seq
    for most in (1, EVENTS_PER_READ):  # to render many and send one would cost more than all else
        until = min(access.head, after.seq + most)
        for event in render_events(conn, read_log(conn, row.channel, after.seq, until)):
            if event.name != VOID:
                return _job(row, Cursor(epoch, event.seq), event.name, event.data, now_ms)
    return Passing(row.id, after, Cursor(epoch, until))


def _repeat(conn: Connection, row: Row[Any], wanted: Row[Any], epoch: str, now_ms: int) -> Work:
    rendered: list[RenderedEvent] = []
    if wanted.epoch == epoch:
        rendered = render_events(conn, read_log(conn, row.channel, wanted.seq - 1, wanted.seq))
    if not rendered or rendered[0].name == VOID:
        return Gone(row.id, wanted.id, Cursor(wanted.epoch, wanted.seq), wanted.name)
    event = rendered[0]
    return _job(row, Cursor(epoch, event.seq), event.name, event.data, now_ms, again=wanted.id)


def _job(
    row: Row[Any], at: Cursor, name: str, data: Mapping[str, Any], now_ms: int, *, again: int | None = None
) -> Job:
    kind = {RESET: RESET, TEST: f"{TEST}:{now_ms}"}.get(name, "")
    name_of_it = delivery_id(row.id, row.channel, at, kind)
    told = WebhookData(
        id=name_of_it, webhook=row.id, channel=row.channel, epoch=at.epoch, seq=at.seq, name=name, data=data
    )
    is_old_valid = row.old_secret is not None and row.old_secret_until_ms > now_ms
    return Job(
        webhook_id=row.id,
        url=row.url,
        secrets=[row.secret, *([row.old_secret] if is_old_valid else [])],
        id=name_of_it,
        name=name,
        body=encode_value(told, Encoding.JSON),
        after=Cursor(row.epoch, row.seq),
        cursor=at,
        attempt=1 if again is not None else row.failures + 1,
        again=again,
    )
