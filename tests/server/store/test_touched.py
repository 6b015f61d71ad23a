from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql

from tertulia_server.forum.models import EventDraft
from tertulia_server.store.log import append_events
from tertulia_server.store.touched import NextTouched, SweepMark


def test_counter_of_sqlite_grows_with_each_write(conn: Connection) -> None:
    assert conn.execute(select(NextTouched(), SweepMark())).one() == (1, 1)
    append_events(conn, [EventDraft("site", "member.changed", 1, 1)])
    assert conn.execute(select(NextTouched(), SweepMark())).one() == (2, 2)


def test_statements_for_postgresql_use_transaction_ids() -> None:
    statement = str(select(NextTouched(), SweepMark()).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "pg_current_xact_id()" in statement
    assert "pg_snapshot_xmin(pg_current_snapshot())" in statement


def test_statements_with_them_are_compiled_once() -> None:
    """Without a cache key each execution would compile its statement again, at half the cost of a post."""
    assert select(NextTouched(), SweepMark())._generate_cache_key() is not None
