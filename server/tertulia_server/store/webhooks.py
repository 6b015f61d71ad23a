"""Webhooks as their owners see them: made, changed, and what became of their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.heads import read_cursor, read_heads
from tertulia_server.store.schema import webhook_deliveries as deliveries
from tertulia_server.store.schema import webhooks
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

MAX_KEPT_DELIVERIES: Final = 100
"""Of each webhook; the oldest go first."""

_NO_SUCH: Final = "There is no such webhook of yours."


@dataclass(frozen=True, slots=True)
class Webhook:
    """Without its secret. ``cursor`` is what was delivered last, ``head`` what has happened in its channel.

    ``due_ms`` is when a delivery that fails is tried next; ``notice_ms`` as the table says.
    """

    id: int
    label: str
    url: str
    channel: str
    created_ms: int
    cursor: Cursor
    head: int
    is_on: bool
    off_reason: OffReason
    failures: int
    failing_since_ms: int | None
    due_ms: int
    notice_ms: int | None

    @property
    def waiting_count(self) -> int:
        """How many events wait, as far as numbers tell."""
        return max(0, self.head - self.cursor.seq)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt. ``status`` is that of the answer, None where there was none; ``answer`` its beginning."""

    id: int
    cursor: Cursor
    name: str
    attempt: int
    started_ms: int
    duration_ms: int
    outcome: Outcome
    status: int | None
    answer: str
    is_wanted_again: bool


def insert_webhook(
    conn: Connection, owner_id: int, *, label: str, url: str, channel: str, secret: str, now_ms: int, most: int
) -> int:
    """Add one that begins with what happens from now on; its id. ``FORBIDDEN`` if the owner has ``most`` already."""
    count = conn.execute(select(func.count()).select_from(webhooks).where(webhooks.c.owner_id == owner_id)).scalar_one()
    if count >= most:
        raise Refusal(Code.FORBIDDEN, Sentence("One member has at most %(most)s webhooks.", most=most))
    epoch, seq = read_cursor(conn, channel)
    values = {
        "owner_id": owner_id,
        "label": label,
        "url": url,
        "channel": channel,
        "secret": secret,
        "created_ms": now_ms,
        "epoch": epoch,
        "seq": seq,
        "due_ms": now_ms,
    }
    webhook_id: int = conn.execute(insert(webhooks).values(values).returning(webhooks.c.id)).scalar_one()
    return webhook_id


def read_webhooks(conn: Connection, owner_id: int) -> list[Webhook]:
    """Those of a member, the oldest first."""
    rows = conn.execute(select(webhooks).where(webhooks.c.owner_id == owner_id).order_by(webhooks.c.id)).all()
    heads = read_heads(conn, {row.channel for row in rows})
    return [_webhook(row, heads[row.channel].seq) for row in rows]


def get_webhook(conn: Connection, owner_id: int, webhook_id: int) -> Webhook:
    """One of a member's; ``NOT_FOUND`` if it is not theirs."""
    row = conn.execute(
        select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.owner_id == owner_id)
    ).one_or_none()
    if row is None:
        raise Refusal(Code.NOT_FOUND, _NO_SUCH)
    return _webhook(row, read_heads(conn, [row.channel])[row.channel].seq)


def read_owner_ids(conn: Connection) -> list[int]:
    """Members who have webhooks, in the order of their ids."""
    return list(conn.execute(select(webhooks.c.owner_id).distinct().order_by(webhooks.c.owner_id)).scalars())


def find_owner_id(conn: Connection, webhook_id: int) -> int:
    """Whose it is, for who looks after all; ``NOT_FOUND``."""
    owner_id: int | None = conn.execute(select(webhooks.c.owner_id).where(webhooks.c.id == webhook_id)).scalar()
    if owner_id is None:
        raise Refusal(Code.NOT_FOUND, "There is no such webhook.")
    return owner_id


def change_webhook(conn: Connection, /, owner_id: int, webhook_id: int, **values: Any) -> None:
    """Set columns of one that is the member's; ``NOT_FOUND`` if it is not."""
    mine = update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.owner_id == owner_id)
    if conn.execute(mine.values(**values)).rowcount == 0:
        raise Refusal(Code.NOT_FOUND, _NO_SUCH)


def replace_secret(conn: Connection, owner_id: int, webhook_id: int, secret: str, *, old_until_ms: int) -> None:
    """Sign with this one from now on, and until then with the one before as well."""
    old = {"old_secret": webhooks.c.secret, "old_secret_until_ms": old_until_ms}
    change_webhook(conn, owner_id, webhook_id, secret=secret, **old)


def delete_webhook(conn: Connection, owner_id: int, webhook_id: int) -> None:
    """Remove it with the log of its deliveries; ``NOT_FOUND`` if it is not the member's."""
    get_webhook(conn, owner_id, webhook_id)
    conn.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook_id))
    conn.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


def read_deliveries(conn: Connection, webhook_id: int) -> list[Delivery]:
    """The attempts that are kept, the newest first."""
    statement = select(deliveries).where(deliveries.c.webhook_id == webhook_id).order_by(deliveries.c.id.desc())
    return [_delivery(row) for row in conn.execute(statement.limit(MAX_KEPT_DELIVERIES))]


def find_delivery(conn: Connection, webhook_id: int, delivery_id: int) -> Delivery | None:
    """One attempt of a webhook, if it is kept."""
    row = conn.execute(
        select(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.webhook_id == webhook_id)
    ).one_or_none()
    return None if row is None else _delivery(row)


def want_again(conn: Connection, delivery_id: int) -> None:
    """What was delivered, or could not be, is to be sent once more."""
    conn.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(is_wanted_again=True))


def set_seen(conn: Connection, owner_id: int) -> bool:
    """The member has seen all that were switched off; whether there was one."""
    unseen = update(webhooks).where(webhooks.c.owner_id == owner_id, webhooks.c.notice_ms.is_not(None))
    return conn.execute(unseen.values(notice_ms=None)).rowcount > 0


def _webhook(row: Row[Any], head: int) -> Webhook:
    return Webhook(
        id=row.id,
        label=row.label,
        url=row.url,
        channel=row.channel,
        created_ms=row.created_ms,
        cursor=Cursor(row.epoch, row.seq),
        head=head,
        is_on=row.is_on,
        off_reason=OffReason(row.off_reason),
        failures=row.failures,
        failing_since_ms=row.failing_since_ms,
        due_ms=row.due_ms,
        notice_ms=row.notice_ms,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        cursor=Cursor(row.epoch, row.seq),
        name=row.name,
        attempt=row.attempt,
        started_ms=row.started_ms,
        duration_ms=row.duration_ms,
        outcome=Outcome(row.outcome),
        status=row.status,
        answer=row.answer,
        is_wanted_again=row.is_wanted_again,
    )
