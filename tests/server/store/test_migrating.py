from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tertulia_server.errors import StartError
from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.facts import EPOCH, OLDEST_PROGRAM, get_fact, put_fact
from tertulia_server.store.migrating import check_schema, migrate
from tertulia_wire.version import __version__


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    with make_engine(tmp_path / "a.db").connect() as connection:
        begin(connection, WRITE)
        yield connection


def test_new_database_is_migrated_once(conn: Connection) -> None:
    assert check_schema(conn)
    migrate(conn)
    assert not check_schema(conn)
    assert get_fact(conn, EPOCH)
    assert get_fact(conn, OLDEST_PROGRAM) == "0.1.0"


def test_migration_repeated_keeps_the_epoch(conn: Connection) -> None:
    migrate(conn)
    epoch = get_fact(conn, EPOCH)
    migrate(conn)
    assert get_fact(conn, EPOCH) == epoch


def test_migration_is_undone_with_its_transaction(conn: Connection) -> None:
    """A process that is killed half-way leaves a new file as it was."""
    migrate(conn)
    conn.rollback()
    begin(conn, WRITE)
    assert check_schema(conn)


@pytest.mark.parametrize("version", ["0.2", "0.1.1", "1.0.0", "0.10.0"])
def test_database_that_needs_a_later_release_is_refused(conn: Connection, version: str) -> None:
    migrate(conn)
    put_fact(conn, OLDEST_PROGRAM, version)
    with pytest.raises(StartError, match=f"needs Tertulia {version}; this is {__version__}"):
        check_schema(conn)


def test_database_of_a_later_release_that_allows_this_one_is_used_as_it_is(conn: Connection) -> None:
    """During a rolling deploy the old workers go on with the tables that the new ones made."""
    migrate(conn)
    conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not check_schema(conn)


def test_database_that_does_not_say_who_may_use_it_is_refused(conn: Connection) -> None:
    migrate(conn)
    conn.execute(text("DELETE FROM facts"))
    with pytest.raises(StartError, match="later release"):
        check_schema(conn)


def test_database_of_another_program_is_refused(conn: Connection) -> None:
    conn.execute(text("CREATE TABLE bookmarks (id INTEGER)"))
    with pytest.raises(StartError, match="another program"):
        check_schema(conn)
