"""A webhook of ada's for the town's public forum."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from tertulia_server.forum.webhooks import Outcome
from tertulia_server.store.schema import webhooks
from tertulia_server.store.webhook_results import Attempt
from tertulia_server.store.webhooks import insert_webhook
from tertulia_wire.channels import forum_channel
from tertulia_wire.webhooks import write_secret
from tests.server.town import NOW_MS, Town

SECRET = write_secret(b"a key for tests")
URL = "https://receiver.example/in"
GIVE_UP_MS = 1000


def attempt(*, status: int = 200, next_ms: int = NOW_MS + 77) -> Attempt:
    """What came of sending, at NOW_MS."""
    outcome = Outcome.DELIVERED if status == 200 else Outcome.REFUSED
    return Attempt(outcome, status, "so it is", NOW_MS, 12, next_ms, GIVE_UP_MS)


def ada_of(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


def add_webhook(
    conn: Connection, town: Town, *, channel: str = "", most: int = 10, url: str = URL, owner_id: int = 0
) -> int:
    channel = channel or forum_channel(town.forum_id)
    values = {"label": "chat", "url": url, "channel": channel, "secret": SECRET, "now_ms": NOW_MS}
    return insert_webhook(conn, owner_id or ada_of(town), **values, most=most)  # type: ignore[arg-type]


def secrets_of(conn: Connection, webhook_id: int) -> Any:
    columns = (webhooks.c.secret, webhooks.c.old_secret, webhooks.c.old_secret_until_ms)
    return tuple(conn.execute(select(*columns).where(webhooks.c.id == webhook_id)).one())
