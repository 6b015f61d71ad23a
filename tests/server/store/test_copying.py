from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import Connection, insert, select, update

from tertulia_server.errors import StartError
from tertulia_server.forum.models import Visitor
from tertulia_server.store import copying
from tertulia_server.store.backup import copy_forum
from tertulia_server.store.bulk import bulk_reading, bulk_writing
from tertulia_server.store.copying import TABLES, Row, TableSum, copy_database, count_rows
from tertulia_server.store.facts import TIMELINE, get_fact, put_fact
from tertulia_server.store.heads import read_heads, read_mark, read_touched
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.members import find_member_by_name, visitor_of
from tertulia_server.store.opening import open_store
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.posting import write_post
from tertulia_server.store.schema import heads, members, posts
from tests.server.store.engines import ENGINES, Databases
from tests.server.store.forum_with_posts import MEMBERS as FILLED_MEMBERS
from tests.server.store.forum_with_posts import THREAD_ID, fill
from tests.server.town import add_post, draft


def ignore(_table: str, _rows: int) -> None:
    """Nobody watches."""


async def refused(from_url: str, to_url: str) -> str:
    with pytest.raises(StartError) as error:
        await copy_forum(from_url, to_url, ignore, ignore)
    return str(error.value)


@pytest.mark.parametrize(("engine", "other"), list(product(ENGINES, ENGINES)))
async def test_copy_holds_the_same_and_goes_on_from_there(
    databases: Databases, engine: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH_ROWS", 5)
    from_url, to_url = databases.new(engine), databases.new(other)
    await fill(from_url)
    done: dict[str, int] = {}
    copied = await copy_forum(
        from_url, to_url, lambda table, rows: done.update({table: done.get(table, 0) + rows}), ignore
    )
    source, target = await open_store(from_url, create=False), await open_store(to_url, create=False)
    counts = await source.read(count_rows)
    assert [name for name, rows in counts.items() if rows == 0] == [], "what these tests copy has a row in every table"
    assert {name: table.rows for name, table in copied.sums.items()} == done
    assert done == {**counts, "facts": 2}, "the timeline of PostgreSQL stays where it is"
    for operation in (read_epoch, lambda conn: read_thread_page(conn, THREAD_ID, 1)):
        assert await target.read(operation) == await source.read(operation)
    channels = ["thread:1", "thread:2", "forum:1"]
    assert await target.read(read_heads, channels) == await source.read(read_heads, channels)
    for channel in channels:
        assert await target.read(read_log, channel, 0, 100) == await source.read(read_log, channel, 0, 100)
    visitor = await source.read(_bob)
    written = [
        await store.write(write_post, visitor, THREAD_ID, draft(visitor, "on", key="next-key"))
        for store in (source, target)
    ]
    assert written[0].post == written[1].post
    assert written[0].cursor == written[1].cursor
    await source.close()
    await target.close()


def _bob(conn: Connection) -> Visitor:
    found = find_member_by_name(conn, "bob")
    assert found is not None
    return visitor_of(found)


@pytest.mark.parametrize("engine", ENGINES)
async def test_copy_leaves_numbers_of_transactions_behind(databases: Databases, engine: str) -> None:
    """They mean nothing in another database: a sweep there would miss new events, or find old ones for ever."""
    from_url, to_url = databases.new("sqlite"), databases.new(engine)
    await fill(from_url)
    store = await open_store(from_url)
    await store.write(lambda conn: conn.execute(update(heads).values(touched=1 << 60)))
    await store.close()
    await copy_forum(from_url, to_url, ignore, ignore)
    store = await open_store(to_url)
    assert set(await store.read(lambda conn: conn.execute(select(heads.c.touched)).scalars())) == {0}
    mark = await store.read(read_mark)
    assert (await store.read(read_touched, mark)).heads == {}
    town_bob = await store.read(_bob)
    await store.write(add_post, town_bob, THREAD_ID)
    assert set((await store.read(read_touched, mark)).heads) == {"thread:1", "forum:1"}
    await store.close()


async def test_copy_keeps_the_timeline_of_the_target(databases: Databases) -> None:
    from_url, to_url = databases.new("postgresql"), databases.new("postgresql")
    await fill(from_url)
    store = await open_store(from_url)
    epoch = await store.read(read_epoch)
    await store.write(put_fact, TIMELINE, "elsewhere/00000001")
    async with bulk_reading(from_url) as source:
        await (await open_store(to_url)).close()
        async with bulk_writing(to_url) as target:
            await copy_database(source, target, ignore, ignore)
            await target.commit()
    await store.close()
    copy = await open_store(to_url)
    assert await copy.read(get_fact, TIMELINE) != "elsewhere/00000001"
    assert await copy.read(read_epoch) == epoch
    await copy.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_copy_into_a_database_with_something_in_it_is_refused(databases: Databases, engine: str) -> None:
    from_url, to_url = databases.new("sqlite"), databases.new(engine)
    await fill(from_url)
    await fill(to_url)
    store = await open_store(to_url)
    before = await store.read(count_rows)
    await store.close()
    assert "not empty" in await refused(from_url, to_url)
    store = await open_store(to_url)
    assert await store.read(count_rows) == before
    await store.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_copy_of_nothing_makes_no_target(databases: Databases, engine: str) -> None:
    to_url = databases.new(engine)
    assert "There is no" in await refused(databases.new("sqlite"), to_url)
    with pytest.raises(StartError):
        await open_store(to_url, create=False)


@pytest.mark.parametrize("engine", ENGINES)
async def test_copy_that_differs_is_undone(databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something between the two databases changes a post."""
    from_url, to_url = databases.new("sqlite"), databases.new(engine)
    await fill(from_url)
    write = copying._write_rows

    def write_badly(conn: Connection, table: object, rows: list[dict[str, object]]) -> None:
        write(conn, table, [{**row, "html": ""} if row.get("number") == 5 else row for row in rows])  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_write_rows", write_badly)
    sentence = await refused(from_url, to_url)
    assert sentence.startswith("The copy is not the same and was undone: posts has 14 rows")
    store = await open_store(to_url)
    assert {name for name, rows in (await store.read(count_rows)).items() if rows} == {"facts"}
    await store.close()


async def test_row_that_does_not_fit_is_named(databases: Databases) -> None:
    """SQLite lets through what PostgreSQL does not: here a byte zero in a text."""
    from_url = databases.new("sqlite")
    await fill(from_url)
    store = await open_store(from_url)
    await store.write(lambda conn: conn.execute(update(posts).where(posts.c.number == 2).values(text="a\x00b")))
    await store.close()
    assert "A row of posts does not fit" in await refused(from_url, databases.new("postgresql"))


async def test_copy_is_of_one_moment(databases: Databases) -> None:
    """What is written while it runs is not in it, in no table."""
    from_url, to_url = databases.new("postgresql"), databases.new("sqlite")
    await fill(from_url)
    store = await open_store(from_url)
    before = await store.read(count_rows)
    bob = await store.read(_bob)
    await (await open_store(to_url)).close()
    async with bulk_reading(from_url) as source, bulk_writing(to_url) as target:
        await source.run(count_rows)
        await store.write(add_post, bob, THREAD_ID)
        copied = await copy_database(source, target, ignore, ignore)
    assert {name: table.rows for name, table in copied.sums.items()} == {**before, "facts": before["facts"] - 1}
    await store.close()


def test_sum_depends_on_rows_and_not_on_their_order() -> None:
    rows: list[Row] = [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}, {"id": 3, "text": None}]
    one, other, changed = TableSum(), TableSum(), TableSum()
    one.add(rows)
    other.add(rows[2:])
    other.add(rows[:2])
    changed.add([*rows[:2], {"id": 3, "text": "None"}])
    assert one == other
    assert one != changed
    assert len(one.checksum) == 32


def test_tables_come_after_those_that_they_refer_to() -> None:
    names = [table.name for table in TABLES]
    for table in TABLES:
        for key in table.foreign_keys:
            assert names.index(key.column.table.name) < names.index(table.name)


async def test_copied_database_gives_new_ids(databases: Databases) -> None:
    from_url, to_url = databases.new("sqlite"), databases.new("postgresql")
    await fill(from_url)
    await copy_forum(from_url, to_url, ignore, ignore)
    store = await open_store(to_url)

    def add_member(conn: Connection) -> int:
        values = {"name": "new", "name_key": "new"}
        number: int = conn.execute(insert(members).values(values).returning(members.c.id)).scalar_one()
        return number

    assert await store.write(add_member) == FILLED_MEMBERS + 1
    await store.close()
