from __future__ import annotations

from sqlalchemy import select

from tertulia_server.errors import Refusal
from tertulia_server.store.attempts import count_attempt
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Connection
from tertulia_server.store.schema import attempts
from tertulia_wire.codes import Code

PACE_MS, BURST_MS = 20_000, 60_000


def rows(conn: Connection) -> list[str]:
    return list(conn.execute(select(attempts.c.who)).scalars())


async def test_attempts_come_at_once_up_to_their_burst_and_then_at_their_pace(any_url: str) -> None:
    store = await open_store(any_url)

    async def attempt(who: str, now_ms: int) -> int | None:
        try:
            await store.write(count_attempt, who, now_ms, pace_ms=PACE_MS, burst_ms=BURST_MS)
        except Refusal as refusal:
            return refusal.retry_after_ms if refusal.code is Code.RATE_LIMITED else -1
        return None

    try:
        assert [await attempt("ada", 1_000) for _ in range(4)] == [None, None, None, PACE_MS]
        assert await attempt("bob", 1_000) is None
        assert await attempt("ada", 1_000 + PACE_MS - 5) == 5
        assert await attempt("ada", 1_000 + PACE_MS) is None
        assert sorted(await store.read(rows)) == ["ada", "bob"]
        assert await attempt("bob", 1_000_000) is None
        assert await store.read(rows) == ["bob"], "what is long due is forgotten"
        assert await attempt("bob", 1_000) is None, "a clock that was set back by hours silences nobody"
    finally:
        await store.close()
