from __future__ import annotations

import asyncio
import socket

import pytest
from sqlalchemy import Connection, inspect, text

from tertulia_server.errors import StartError
from tertulia_server.store.facts import TIMELINE, get_fact, put_fact
from tertulia_server.store.log import read_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.postgresql_opening import as_start_error
from tests.postgresql import PASSWORD, PostgresServer


@pytest.fixture
def empty_url(shared_postgresql: PostgresServer) -> str:
    return shared_postgresql.url(shared_postgresql.create_database())


async def refused(url: str, *, create: bool = True) -> str:
    with pytest.raises(StartError) as error:
        await open_store(url, create=create)
    assert PASSWORD not in str(error.value)
    assert "%20" not in str(error.value)
    return str(error.value)


async def test_empty_database_gets_its_tables_an_epoch_and_its_timeline(empty_url: str) -> None:
    store = await open_store(empty_url)
    assert await store.read(read_epoch)
    assert "/" in (await store.read(get_fact, TIMELINE) or "")
    await store.close()


async def test_database_opened_again_keeps_what_was_written(empty_url: str) -> None:
    store = await open_store(empty_url)
    epoch = await store.read(read_epoch)
    await store.close()
    store = await open_store(empty_url.replace("postgresql://", "postgres://"), create=False)
    assert await store.read(read_epoch) == epoch
    await store.close()


async def test_stores_opening_an_empty_database_at_once_agree_on_its_epoch(empty_url: str) -> None:
    """One makes the tables, the others wait for it and find them there."""
    stores = await asyncio.gather(*(open_store(empty_url) for _ in range(4)))
    assert len({await store.read(read_epoch) for store in stores}) == 1
    for store in stores:
        await store.close()


async def test_wrong_password_is_said(shared_postgresql: PostgresServer, postgresql_url: str) -> None:
    wrong = shared_postgresql.url("forum_1", password="guessed")
    assert await refused(wrong) == (
        f"PostgreSQL at 127.0.0.1:{shared_postgresql.port} does not accept the password of 'forum'."
    )


async def test_unknown_role_looks_like_a_wrong_password(shared_postgresql: PostgresServer) -> None:
    assert "does not accept the password of 'nemo'" in await refused(shared_postgresql.url("x", role="nemo"))


async def test_database_that_is_not_there_is_said_with_what_would_make_it(shared_postgresql: PostgresServer) -> None:
    sentence = await refused(shared_postgresql.url("none"))
    assert "no database 'none'. Make it: createdb --owner=forum none" in sentence


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://127.0.0.1:1/forum", "No PostgreSQL answers at 127.0.0.1:1: Connection refused."),
        ("postgresql://127.0.0.1:99999/forum", "cannot be read"),
        ("postgresql://127.0.0.1:port/forum", "cannot be read"),
        ("postgresql://[half/forum", "cannot be read"),
        ("postgresql://localhost/forum?sslmode=perhaps", "cannot be read"),
    ],
)
async def test_server_that_is_away_and_url_of_no_use_are_said_at_once(url: str, words: str) -> None:
    assert words in await refused(url)


def test_name_that_leads_nowhere_is_said() -> None:
    error = as_start_error(
        "postgresql://forum:secret@db.example/forum", socket.gaierror(-2, "Name or service not known")
    )
    assert str(error).startswith("The name of the PostgreSQL at db.example leads nowhere: Name or service not known.")
    assert "%XX" in str(error)


async def test_server_without_tls_is_said(postgresql_url: str) -> None:
    assert "rejected SSL upgrade" in await refused(f"{postgresql_url}?sslmode=require")


async def test_role_that_may_not_make_tables_is_said(shared_postgresql: PostgresServer) -> None:
    url = shared_postgresql.url(shared_postgresql.create_database(owner="postgres"))
    assert "may not make tables" in await refused(url)


async def test_database_with_another_encoding_is_refused(shared_postgresql: PostgresServer) -> None:
    statement = "CREATE DATABASE latin OWNER forum TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    shared_postgresql.sql(statement)
    assert "LATIN1" in await refused(shared_postgresql.url("latin"))


async def test_database_that_must_be_there_is_not_made(empty_url: str, shared_postgresql: PostgresServer) -> None:
    assert "no forum in this database" in await refused(empty_url, create=False)
    name = empty_url.rpartition("/")[2]
    assert shared_postgresql.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == "0"


async def test_database_of_another_program_is_refused_untouched(
    empty_url: str, shared_postgresql: PostgresServer
) -> None:
    name = empty_url.rpartition("/")[2]
    shared_postgresql.sql("CREATE TABLE bookmarks (id integer)", database=name)
    assert "another program" in await refused(empty_url)
    tables = shared_postgresql.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=name)
    assert tables == "bookmarks"


async def test_database_of_a_later_release_is_refused(postgresql_url: str) -> None:
    store = await open_store(postgresql_url)
    await store.write(put_fact, "oldest_program", "99.0")
    await store.close()
    assert "needs Tertulia 99.0" in await refused(postgresql_url)


async def test_start_that_fails_half_way_leaves_nothing(
    empty_url: str, shared_postgresql: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(conn: Connection) -> None:
        assert "posts" in inspect(conn).get_table_names()
        conn.execute(text("SELECT 1 / 0"))

    monkeypatch.setattr("tertulia_server.store.postgresql_opening.check_timeline", fail)
    assert "division by zero" in await refused(empty_url)
    name = empty_url.rpartition("/")[2]
    assert shared_postgresql.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == "0"
