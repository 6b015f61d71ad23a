from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tertulia_server.errors import StartError
from tertulia_server.store import backup
from tertulia_server.store.backup import back_up, copy_forum, restore_forum, url_of
from tertulia_server.store.copying import count_rows
from tertulia_server.store.facts import put_fact
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.opening import open_store
from tests.server.store.engines import ENGINES, Databases
from tests.server.store.forum_with_posts import POSTS, fill


def ignore(_table: str, _rows: int) -> None:
    """Nobody watches."""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def damage(path: str) -> None:
    """Break a page in the middle of the file."""
    content = bytearray(Path(path).read_bytes())
    content[4096 * 6 : 4096 * 6 + 200] = b"\x00" * 200
    Path(path).write_bytes(content)


async def made(databases: Databases, engine: str) -> str:
    url = databases.new(engine)
    await fill(url)
    return url


async def counts_in(url: str) -> dict[str, int]:
    store = await open_store(url, create=False)
    counts = await store.read(count_rows)
    await store.close()
    return counts


@pytest.mark.parametrize("engine", ENGINES)
async def test_backup_of_a_database_in_use_is_one_private_file(
    databases: Databases, tmp_path: Path, engine: str
) -> None:
    url, folder = await made(databases, engine), tmp_path / "backups"
    folder.mkdir()
    server = await open_store(url)
    await server.write(put_fact, "colour", "green")
    told: list[int] = []
    size_bytes = await back_up(url, folder / "b", lambda _, done: told.append(done), ignore)
    assert names_in(folder) == ["b"]
    assert (folder / "b").stat().st_mode & 0o777 == 0o600
    assert (folder / "b").stat().st_size == size_bytes
    assert sum(told) > 0
    await server.close()
    counts = await counts_in(url)
    found = await counts_in(url_of(folder / "b"))
    assert {**found, "facts": 0} == {**counts, "facts": 0}
    assert found["posts"] == POSTS + 2


async def test_backup_is_of_one_moment_while_posts_come_in(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are copied one by one, and after each something is written."""
    monkeypatch.setattr(backup, "PAGES_PER_STEP", 1)
    url = await made(databases, "sqlite")
    writer = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    writes = 0

    def write(_table: str, _pages: int) -> None:
        nonlocal writes
        writes += 1
        writer.execute("INSERT INTO facts VALUES (?, ?)", (f"later-{writes}", "x" * 5_000))

    await back_up(url, tmp_path / "b", write, ignore)
    writer.close()
    assert writes > 10
    assert (await counts_in(url_of(tmp_path / "b")))["facts"] == 2


async def test_backup_replaces_nothing(databases: Databases, tmp_path: Path) -> None:
    url = await made(databases, "sqlite")
    (tmp_path / "b").write_text("mine")
    with pytest.raises(StartError, match="is there already"):
        await back_up(url, tmp_path / "b", ignore, ignore)
    assert (tmp_path / "b").read_text() == "mine"


async def test_backup_beside_another_one_is_refused(databases: Databases, tmp_path: Path) -> None:
    url = await made(databases, "sqlite")
    (tmp_path / "b.part").write_text("half")
    with pytest.raises(StartError, match="another backup runs"):
        await back_up(url, tmp_path / "b", ignore, ignore)
    assert (tmp_path / "b.part").read_text() == "half"


@pytest.mark.parametrize("engine", ENGINES)
async def test_backup_of_no_forum_leaves_nothing(databases: Databases, tmp_path: Path, engine: str) -> None:
    with pytest.raises(StartError):
        await back_up(databases.new(engine), tmp_path / "b", ignore, ignore)
    assert names_in(tmp_path) == []


async def test_backup_into_a_folder_that_is_not_there_is_said(databases: Databases, tmp_path: Path) -> None:
    url = await made(databases, "sqlite")
    with pytest.raises(StartError, match="cannot be written: No such file or directory"):
        await back_up(url, tmp_path / "none" / "b", ignore, ignore)


async def test_backup_of_a_damaged_database_is_not_called_one(databases: Databases, tmp_path: Path) -> None:
    url = await made(databases, "sqlite")
    damage(url.removeprefix("sqlite:///"))
    with pytest.raises(StartError):
        await back_up(url, tmp_path / "b", ignore, ignore)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("engine", ENGINES)
async def test_restored_forum_has_what_the_backup_has_and_another_epoch(
    databases: Databases, tmp_path: Path, engine: str
) -> None:
    url, to_url = await made(databases, "sqlite"), databases.new(engine)
    await back_up(url, tmp_path / "b", ignore, ignore)
    copied = await restore_forum(tmp_path / "b", to_url, ignore, ignore)
    source, target = await open_store(url), await open_store(to_url)
    assert copied.sums["posts"].rows == POSTS + 2
    assert await target.read(read_log, "thread:1", 0, 100) == await source.read(read_log, "thread:1", 0, 100)
    assert await target.read(read_epoch) != await source.read(read_epoch)
    await source.close()
    await target.close()


async def test_backup_of_an_older_release_is_restored_and_stays_as_it_is(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await made(databases, "sqlite")
    await back_up(url, tmp_path / "b", ignore, ignore)
    content = (tmp_path / "b").read_bytes()
    opened: list[str] = []

    def is_older(conn: Connection) -> bool:
        opened.append(str(conn.engine.url))
        return True

    monkeypatch.setattr(backup, "check_schema", is_older)
    to_url = databases.new("sqlite")
    await restore_forum(tmp_path / "b", to_url, ignore, ignore)
    assert len(opened) == 1
    assert (await counts_in(to_url))["posts"] == POSTS + 2
    assert (tmp_path / "b").read_bytes() == content


@pytest.mark.parametrize("engine", ENGINES)
async def test_forum_in_use_is_not_restored_into(databases: Databases, tmp_path: Path, engine: str) -> None:
    url, to_url = await made(databases, "sqlite"), databases.new(engine)
    await back_up(url, tmp_path / "b", ignore, ignore)
    server = await open_store(to_url)
    await server.read(read_epoch)
    with pytest.raises(StartError, match="Stop the servers"):
        await restore_forum(tmp_path / "b", to_url, ignore, ignore)
    await server.close()


async def test_database_of_another_program_is_not_filled_and_stays_as_it_is(
    databases: Databases, tmp_path: Path
) -> None:
    url = await made(databases, "sqlite")
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StartError, match="another program"):
        await copy_forum(url, url_of(path), ignore, ignore)
    assert path.read_bytes() == content


async def test_posts_go_on_during_a_backup(databases: Databases, tmp_path: Path) -> None:
    """The server's store and the backup share one file."""
    url = await made(databases, "sqlite")
    server = await open_store(url)

    async def write() -> int:
        for number in range(50):
            await server.write(put_fact, f"during-{number}", "x")
        return await server.read(lambda conn: conn.execute(text("SELECT count(*) FROM facts")).scalar_one())

    written, size_bytes = await asyncio.gather(write(), back_up(url, tmp_path / "b", ignore, ignore))
    assert written == 52
    assert size_bytes > 0
    await server.close()
