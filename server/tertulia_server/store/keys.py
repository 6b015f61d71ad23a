"""Idempotency keys: a request that is sent again is answered with what its first sending did."""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.store.schema import idempotency_keys as keys

_UNSETTLED: Final = ""
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode

# PostgreSQL's construct compiles for SQLite as well, so that there is one statement for all engines.
_CLAIM: Final = insert(keys).on_conflict_do_nothing().returning(keys.c.member_id)
_FIND: Final = select(keys.c.outcome).where(
    keys.c.member_id == bindparam("owner_id"), keys.c.key == bindparam("owned_key")
)
_SETTLE: Final = (
    update(keys)
    .where(keys.c.member_id == bindparam("owner_id"), keys.c.key == bindparam("owned_key"))
    .values(outcome=bindparam("new_outcome"))
)


class Outcome(NamedTuple):
    """What a request did: the post that it made, and the cursor of the thread's channel at that."""

    post_id: int
    number: int
    epoch: str
    seq: int


def claim_key(conn: Connection, member_id: int, key: str, now_ms: int) -> Outcome | None:
    """Take a member's key for this transaction; if it was used before, the outcome of its first use.

    The first statement of a transaction: when two requests with one key race, the second waits here for the first.
    """
    row = {"member_id": member_id, "key": key, "outcome": _UNSETTLED, "created_ms": now_ms}
    if conn.execute(_CLAIM, row).one_or_none() is not None:
        return None
    return find_outcome(conn, member_id, key)


def find_outcome(conn: Connection, member_id: int, key: str) -> Outcome | None:
    """What the key's first use did; None if it was not used."""
    text = conn.execute(_FIND, {"owner_id": member_id, "owned_key": key}).scalar_one_or_none()
    return None if text is None else Outcome(**json.loads(text))


def settle_key(conn: Connection, member_id: int, key: str, outcome: Outcome) -> None:
    """Keep what the request did; within the transaction that claimed the key."""
    text = _encode(outcome._asdict())
    conn.execute(_SETTLE, {"owner_id": member_id, "owned_key": key, "new_outcome": text})
