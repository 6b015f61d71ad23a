from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import migrate
from tertulia_server.store.schema import metadata


def test_tables_made_by_the_migrations_are_those_of_the_schema(tmp_path: Path) -> None:
    made, declared = make_engine(tmp_path / "made.db"), make_engine(tmp_path / "declared.db")
    with made.connect() as connection:
        begin(connection, WRITE)
        migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        connection.commit()
    metadata.create_all(declared)
    with made.connect() as one, declared.connect() as other:
        for table in metadata.tables:
            for what in (
                "get_columns",
                "get_check_constraints",
                "get_foreign_keys",
                "get_unique_constraints",
                "get_indexes",
            ):
                found = [sorted(map(repr, getattr(inspect(side), what)(table))) for side in (one, other)]
                assert found[0] == found[1]


def test_log_and_heads_are_kept_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """Without a rowid the log of a channel lies together: a block of it is one short read."""
    engine = make_engine(tmp_path / "a.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        migrate(connection)
        statement = "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%' ORDER BY name"
        assert connection.exec_driver_sql(statement).scalars().all() == ["heads", "log"]
