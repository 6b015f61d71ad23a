from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import migrate
from tertulia_server.store.postgresql_connections import make_engine as make_postgresql_engine
from tertulia_server.store.schema import metadata
from tertulia_server.store.search_index import is_of_index
from tests.postgresql import PostgresServer

_WITHOUT_SEARCH = {"include_name": lambda name, kind, parents: not is_of_index(name)}
"""Indexes of searching are no tables of the schema; their own test compares them."""


def test_tables_made_by_the_migrations_are_those_of_the_schema(tmp_path: Path) -> None:
    made, declared = make_engine(tmp_path / "made.db"), make_engine(tmp_path / "declared.db")
    with made.connect() as connection:
        begin(connection, WRITE)
        migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection, opts=_WITHOUT_SEARCH), metadata) == []
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


async def test_tables_in_postgresql_are_those_of_the_schema_too(
    postgresql_url: str, shared_postgresql: PostgresServer
) -> None:
    declared = make_postgresql_engine(shared_postgresql.url(shared_postgresql.create_database()))
    made = make_postgresql_engine(postgresql_url)
    async with made.connect() as one, declared.connect() as other:
        assert await one.run_sync(_compare) == []
        await other.run_sync(metadata.create_all)
        assert await one.run_sync(_described) == await other.run_sync(_described)
    await made.dispose()
    await declared.dispose()


def _compare(conn: Connection) -> object:
    return compare_metadata(MigrationContext.configure(conn, opts=_WITHOUT_SEARCH), metadata)


def _described(conn: Connection) -> list[str]:
    """Everything that PostgreSQL says of each table, without the order in which columns were added."""
    inspector = inspect(conn)
    return [
        f"{table}: {what}: {entry!r}"
        for table in metadata.tables
        for what in (
            "get_columns",
            "get_check_constraints",
            "get_foreign_keys",
            "get_unique_constraints",
            "get_indexes",
        )
        for entry in sorted(getattr(inspector, what)(table), key=repr)
    ]


def test_log_and_heads_are_kept_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """Without a rowid the log of a channel lies together: a block of it is one short read."""
    engine = make_engine(tmp_path / "a.db")
    with engine.connect() as connection:
        begin(connection, WRITE)
        migrate(connection)
        statement = (
            "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%' AND name NOT LIKE '%search%' ORDER BY name"
        )
        assert connection.exec_driver_sql(statement).scalars().all() == ["heads", "log"]
