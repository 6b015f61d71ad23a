from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.migrating import check_schema, migrate
from tertulia_server.store.schema import metadata
from tests.server.store.migrations.older_forum import older_forum

_POST = (
    "INSERT INTO posts (id, thread_id, number, author_id, text, html, removed_ms) VALUES ({}, 1, {}, 1, '{}', '', {})"
)
_FIND = "SELECT rowid FROM post_search WHERE post_search MATCH 'lamp'"


def test_posts_of_an_older_forum_are_found_but_for_removed_ones(tmp_path: Path) -> None:
    with older_forum(tmp_path, "0008") as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = 1")
        connection.exec_driver_sql(_POST.format(1, 1, "a lamp", "NULL"))
        connection.exec_driver_sql(_POST.format(2, 2, "an old lamp", "5"))
        assert check_schema(connection)
        migrate(connection)
        assert connection.exec_driver_sql(_FIND).scalars().all() == [1]


def test_indexes_made_by_the_migration_are_those_of_a_new_forum(tmp_path: Path) -> None:
    made, declared = make_engine(tmp_path / "made.db"), make_engine(tmp_path / "declared.db")
    with made.connect() as connection:
        begin(connection, WRITE)
        migrate(connection)
        connection.commit()
    metadata.create_all(declared)
    with made.connect() as one, declared.connect() as other:
        assert _statements(one) == _statements(other) != []


def _statements(conn: Connection) -> list[str]:
    query = "SELECT sql FROM sqlite_master WHERE name LIKE '%\\_search%' ESCAPE '\\' ORDER BY name"
    return list(conn.exec_driver_sql(query).scalars())
