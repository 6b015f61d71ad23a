"""The short way gives what the long way gives."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql import Executable

from tertulia_server.store import quick
from tertulia_server.store.connections import WRITE, begin, make_engine
from tertulia_server.store.quick import MAX_LIST_ITEMS, connect

birds = Table(
    "birds",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("flies", Boolean, nullable=False),
    Column("seen", Integer, nullable=False, server_default="0"),
)
made = Table(
    "made", birds.metadata, Column("id", Integer, primary_key=True), Column("word", String, default=lambda: "x")
)

ALL = select(birds).order_by(birds.c.id)
BY_IDS = select(birds.c.id, birds.c.flies).where(birds.c.id.in_(bindparam("ids", expanding=True)))
SEEN = (
    update(birds)
    .where(birds.c.id == bindparam("bird"))
    .values(seen=birds.c.seen + bindparam("step"), name=func.upper(birds.c.name))
    .returning(birds.c.name, birds.c.flies, (birds.c.seen * 2).label("twice"))
)
NOT_SEEN = update(birds).where(birds.c.seen > bindparam("most", 1)).values(seen=0)
DROP = delete(birds).where(birds.c.id == bindparam("bird"))
ADD = insert(birds)
ADD_WITH_ID = insert(birds).values(seen=7).returning(birds.c.id, birds.c.seen)

BIRDS = [{"id": 1, "name": "wren", "flies": True}, {"id": 2, "name": "kiwi", "flies": False}]


@pytest.fixture(params=["quick", "long"])
def conn(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    engine = make_engine(tmp_path / "birds.db")
    connection = connect(engine) if request.param == "quick" else engine.connect()
    birds.metadata.create_all(connection)
    begin(connection, WRITE)
    connection.execute(insert(birds), BIRDS)
    yield connection
    connection.rollback()
    connection.close()
    engine.dispose()


def thrice(conn: Connection, statement: Executable, values: Any = None) -> list[Any]:
    """The first execution goes the long way in any case, the second makes a plan, the third has one."""
    return [conn.execute(statement, values) for _ in range(3)]


def test_rows_have_their_names_and_kinds(conn: Connection) -> None:
    for result in thrice(conn, ALL):
        wren, kiwi = result.all()
        assert (wren.id, wren.name, wren.flies, wren.seen) == (1, "wren", True, 0)
        assert wren.flies is True
        assert tuple(kiwi) == (2, "kiwi", False, 0)
        assert dict(kiwi._mapping)["flies"] is False


def test_results_give_their_rows_in_each_way(conn: Connection) -> None:
    assert [result.scalars().all() for result in thrice(conn, ALL)] == [[1, 2]] * 3
    assert [[row.id for row in result] for result in thrice(conn, ALL)] == [[1, 2]] * 3
    assert [result.first().name for result in thrice(conn, ALL)] == ["wren"] * 3
    one = select(birds.c.name).where(birds.c.id == bindparam("bird"))
    assert [result.scalar_one() for result in thrice(conn, one, {"bird": 2})] == ["kiwi"] * 3
    assert [result.one_or_none() for result in thrice(conn, one, {"bird": 9})] == [None] * 3


def test_results_that_are_not_as_asked_are_refused(conn: Connection) -> None:
    one = select(birds.c.name).where(birds.c.id == bindparam("bird"))
    for ask in ("one_or_none", "scalar_one_or_none", "first", "scalar"):
        assert [getattr(result, ask)() for result in thrice(conn, one, {"bird": 9})] == [None] * 3
    for ask in ("one", "scalar_one"):
        for result in thrice(conn, one, {"bird": 9}):
            with pytest.raises(NoResultFound):
                getattr(result, ask)()
    for ask in ("one", "one_or_none", "scalar_one", "scalar_one_or_none"):
        for result in thrice(conn, ALL):
            with pytest.raises(MultipleResultsFound):
                getattr(result, ask)()


def test_texts_and_unions_give_their_rows(conn: Connection) -> None:
    plain = text("SELECT name FROM birds WHERE id = :bird")
    assert [result.scalar_one() for result in thrice(conn, plain, {"bird": 2})] == ["kiwi"] * 3
    both = union_all(select(birds.c.id.label("word")), select(birds.c.seen)).order_by("word")
    assert [[row.word for row in result] for result in thrice(conn, both)] == [[0, 0, 1, 2]] * 3
    within = text("SELECT id, flies FROM birds").columns(birds.c.id, birds.c.flies)
    assert [[row.flies for row in result] for result in thrice(conn, within)] == [[True, False]] * 3


@pytest.mark.parametrize("count", [0, 1, 2, 3, MAX_LIST_ITEMS - 1, MAX_LIST_ITEMS, MAX_LIST_ITEMS + 1])
def test_lists_of_any_length_are_taken(conn: Connection, count: int) -> None:
    ids = list(range(1, count + 1))
    for result in thrice(conn, BY_IDS, {"ids": ids}):
        assert {row.id: row.flies for row in result} == {
            bird["id"]: bird["flies"] for bird in BIRDS if bird["id"] in ids
        }
    assert [row.id for row in conn.execute(BY_IDS, {"ids": [2]})] == [2]


def test_lists_of_like_lengths_share_a_text(tmp_path: Path) -> None:
    """Whose last item stands for those that a shorter one lacks: also where what is in the list is left out."""
    without = select(birds.c.id).where(birds.c.id.not_in(bindparam("ids", expanding=True))).order_by(birds.c.id)
    engine = make_engine(tmp_path / "birds.db")
    with connect(engine) as connection:
        birds.metadata.create_all(connection)
        connection.execute(insert(birds), [{"id": number, "name": f"n{number}", "flies": True} for number in range(9)])
        for count in range(1, 9):
            ids = list(range(count))
            assert connection.execute(without, {"ids": ids}).scalars().all() == list(range(count, 9))
        lists = quick._PLANS[id(without)].plans["ids",]
        assert isinstance(lists, quick._Lists)
        assert sorted(lists._plans) == [(2,), (4,), (8,)]
    engine.dispose()


def test_changes_tell_what_they_changed(conn: Connection) -> None:
    told = [result.one() for result in thrice(conn, SEEN, {"bird": 1, "step": 2})]
    assert [(row.name, row.flies, row.twice) for row in told] == [
        ("WREN", True, 4),
        ("WREN", True, 8),
        ("WREN", True, 12),
    ]
    assert [result.rowcount for result in thrice(conn, NOT_SEEN)] == [1, 0, 0]
    assert [result.rowcount for result in thrice(conn, DROP, {"bird": 1})] == [1, 0, 0]


def test_default_of_a_value_holds_where_none_is_given(conn: Connection) -> None:
    thrice(conn, SEEN, {"bird": 1, "step": 1})
    assert [result.rowcount for result in thrice(conn, NOT_SEEN, {"most": 3})] == [0, 0, 0]
    assert [result.rowcount for result in thrice(conn, NOT_SEEN)] == [1, 0, 0]


def test_insert_fills_in_what_it_is_given(conn: Connection) -> None:
    """The names of the values are part of the statement."""
    for number in range(10, 13):
        conn.execute(ADD, {"id": 100 * number, "name": f"n{number}", "flies": False})
        conn.execute(ADD, {"name": f"m{number}", "flies": True, "seen": number})
    seen = {row.name: row.seen for row in conn.execute(ALL) if row.id > 9}
    assert seen == {"n10": 0, "m10": 10, "n11": 0, "m11": 11, "n12": 0, "m12": 12}
    for number in range(20, 23):
        row = conn.execute(ADD_WITH_ID, {"id": 10 + number, "name": f"r{number}", "flies": False}).one()
        assert (row.id, row.seen) == (10 + number, 7)


def test_many_at_once_are_each_executed(conn: Connection) -> None:
    for first in (30, 40, 50):
        some = [{"id": first + step, "name": f"b{first + step}", "flies": True} for step in range(3)]
        conn.execute(ADD, some)
        more = [{"id": first + step, "name": f"b{first + step}", "flies": True} for step in range(3, 5)]
        assert sorted(row.id for row in conn.execute(ADD_WITH_ID, more)) == [first + 3, first + 4]
    assert conn.execute(select(func.count()).select_from(birds)).scalar_one() == 17


def test_errors_are_those_of_sqlalchemy(conn: Connection) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError) as refused:
            conn.execute(ADD, {"id": 60, "name": "wren", "flies": True})
        assert isinstance(refused.value.orig, sqlite3.IntegrityError)
        assert refused.value.orig.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE
    broken = text("SELECT nothing FROM nowhere")
    for _ in range(3):
        with pytest.raises(DBAPIError):
            conn.execute(broken)


def test_missing_value_is_an_error(conn: Connection) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match="bird"):
            conn.execute(DROP, {"dog": 1})


def test_defaults_made_in_python_are_made_each_time(conn: Connection) -> None:
    add = insert(made)
    for number in range(3):
        conn.execute(add, {"id": number})
    assert conn.execute(select(made.c.word)).scalars().all() == ["x"] * 3


def test_short_way_is_taken_and_statements_of_one_use_are_not_kept(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "birds.db")
    with connect(engine) as connection:
        birds.metadata.create_all(connection)
        kept = select(birds.c.id).where(birds.c.name == bindparam("name"))
        for _ in range(2):
            connection.execute(kept, {"name": "wren"})
        assert isinstance(quick._PLANS[id(kept)].plans["name",], quick._Plan)
        before = len(quick._PLANS)
        for number in range(50):
            connection.execute(select(birds.c.id).where(birds.c.id == number))
        assert len(quick._PLANS) <= before + 1
    engine.dispose()
