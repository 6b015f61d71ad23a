"""How often somebody may try, over all workers: one row, which each attempt moves by its share of time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, case, delete
from sqlalchemy.dialects.postgresql import insert

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.store.authors import CLOCK_SLACK_MS
from tertulia_server.store.schema import attempts
from tertulia_wire.codes import Code

# PostgreSQL's construct compiles for SQLite as well.
_NEW: Final = insert(attempts).values(who=bindparam("who"), due_ms=bindparam("first_due_ms"))
_DUE: Final = attempts.c.due_ms
_COUNT: Final = _NEW.on_conflict_do_update(
    index_elements=[attempts.c.who],
    set_={
        "due_ms": bindparam("pace_ms")
        + case((_DUE.between(bindparam("now_ms"), bindparam("latest_ms")), _DUE), else_=bindparam("now_ms"))
    },
).returning(_DUE)
_FORGET: Final = delete(attempts).where(attempts.c.due_ms < bindparam("now_ms"))


def count_attempt(conn: Connection, who: str, now_ms: int, *, pace_ms: int, burst_ms: int) -> None:
    """Count one attempt. `Refusal` with ``RATE_LIMITED``, and the time until the next may be made.

    ``pace_ms`` is an attempt's share of time; those of ``burst_ms`` may come at once. A refused one is not counted.
    """
    conn.execute(_FORGET, {"now_ms": now_ms})
    values = {
        "who": who,
        "first_due_ms": now_ms + pace_ms,
        "pace_ms": pace_ms,
        "now_ms": now_ms,
        "latest_ms": now_ms + burst_ms + CLOCK_SLACK_MS,
    }
    due_ms: int = conn.execute(_COUNT, values).scalar_one()
    if due_ms > now_ms + burst_ms:
        wait_ms = due_ms - now_ms - burst_ms
        words = Sentence("Too many attempts from here. Try again in %(seconds)s s.", seconds=-(-wait_ms // 1000))
        raise Refusal(Code.RATE_LIMITED, words, retry_after_ms=wait_ms)
