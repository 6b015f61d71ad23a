from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tertulia_client.bots.state import MAX_HANDLED_ROWS, Kept, open_state
from tertulia_client.errors import ClientError
from tertulia_wire.cursors import Cursor


def test_what_was_saved_is_there_in_the_next_life(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(open_state(path)) as state:
        state.check_owner("http://a", "7")
        state.save({"thread:1": Kept(Cursor("e1", 5), (7, 9)), "forum:2": Kept(Cursor("e1", 1))}, [(("n", 1, 0), "c")])
        state.save({"thread:1": Kept(Cursor("e1", 9))}, [(("n", 2, 0), "c"), (("n", 1, 0), "d")])
    with closing(open_state(path)) as state:
        state.check_owner("http://a", "7")
        assert state.channels() == {"thread:1": Kept(Cursor("e1", 9), ()), "forum:2": Kept(Cursor("e1", 1), ())}
        assert state.handled() == [(("n", 1, 0), "c"), (("n", 2, 0), "c")]


def test_state_without_a_file_is_forgotten() -> None:
    with closing(open_state(None)) as state:
        state.save({"thread:1": Kept(Cursor("e1", 5))})
        assert state.channels() == {"thread:1": Kept(Cursor("e1", 5))}


def test_file_of_another_server_or_bot_is_refused(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        state.check_owner("http://a", "7")
        with pytest.raises(ClientError, match="belongs to the server http://a, and this is http://b"):
            state.check_owner("http://b", "7")
        with pytest.raises(ClientError, match="belongs to the bot 7, and this is 8"):
            state.check_owner("http://a", "8")


def test_bots_are_told_apart_by_name_as_well(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        assert state.owner == ""
        state.check_owner("http://a", "7", "Helper")
        with pytest.raises(ClientError, match=r"belongs to the bot 7 \(Helper\), and this is 8 \(Keeper\)"):
            state.check_owner("http://a", "8", "Keeper")
        state.check_owner("http://a", "7", "Renamed")
        assert state.owner == "7 (Renamed)"


def test_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table facts (name text)")
        connection.execute("create table posts (id integer)")
    before = path.read_bytes()
    with pytest.raises(ClientError, match="something else"):
        open_state(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_tables_of_another_shape_are_told(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        for table, read in (("channels", state.channels), ("handled", state.handled)):
            state._connection.execute(f"alter table {table} rename column name to other")
            with pytest.raises(ClientError, match="cannot be read"):
                read()


def test_file_that_is_none_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"this is no database, but it is somebody's " * 200)
    before = path.read_bytes()
    with pytest.raises(ClientError, match="move it away"):
        open_state(path)
    assert path.read_bytes() == before


def test_file_in_use_is_refused(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")), pytest.raises(ClientError, match="runs already"):
        open_state(tmp_path / "bot.db")


def test_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="cannot be opened"):
        open_state(tmp_path / "nowhere" / "bot.db")


def test_file_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        state.set_fact("format", "2")
    with pytest.raises(ClientError, match="newer release"):
        open_state(tmp_path / "bot.db")


def test_places_that_make_no_sense_are_told(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        state._connection.execute("insert into channels values ('thread:1', 'e1', 4, 'no list')")
        with pytest.raises(ClientError, match="cannot be read"):
            state.channels()


def test_memory_of_what_was_handled_is_bounded() -> None:
    with closing(open_state(None)) as state:
        for first in range(0, 2 * MAX_HANDLED_ROWS, 512):
            state.save({}, [(("n", number, 0), "c") for number in range(first, first + 512)])
        kept = state.handled()
    assert len(kept) == MAX_HANDLED_ROWS
    assert kept[-1][0] == ("n", 2 * MAX_HANDLED_ROWS - 1, 0)


def test_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    with closing(open_state(tmp_path / "bot.db")) as state:
        state._connection.execute("pragma query_only = on")
        with pytest.raises(ClientError, match="cannot be written"):
            state.save({"thread:1": Kept(Cursor("e1", 5))})
