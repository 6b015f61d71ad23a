from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

from sqlalchemy import Connection

from tertulia_server.store.facts import get_fact, put_fact
from tertulia_server.store.opening import open_store
from tertulia_server.store.sqlite import SqliteStore


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_store_closed_leaves_one_file_and_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = await open_store(f"sqlite:///{tmp_path}/a.db")
    assert isinstance(store, SqliteStore)
    await store.write(put_fact, "colour", "green")
    await store.read(get_fact, "colour")
    await store.close()
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("tertulia")]
    assert left == []
    assert names_in(tmp_path) == ["a.db"]


async def test_operations_get_their_arguments_by_place_and_by_name(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a.db")

    def join(conn: Connection, first: str, *, second: str) -> str:
        return f"{first} {second}"

    assert await store.read(join, "a", second="b") == "a b"
    assert await store.write(join, "a", second="b") == "a b"
    await store.close()


async def test_reads_go_on_while_a_write_is_open(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a.db")
    inside, gate = threading.Event(), threading.Event()

    def put_slowly(conn: Connection) -> None:
        put_fact(conn, "colour", "green")
        inside.set()
        assert gate.wait(10)

    writing = asyncio.ensure_future(store.write(put_slowly))
    await asyncio.to_thread(inside.wait, 10)
    assert await store.read(get_fact, "colour") is None
    gate.set()
    await writing
    assert await store.read(get_fact, "colour") == "green"
    await store.close()


async def test_file_is_kept_as_write_ahead_log(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a.db")
    await store.close()
    connection = sqlite3.connect(tmp_path / "a.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
