from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tertulia_server.errors import StartError
from tertulia_server.store.facts import get_fact, put_fact
from tertulia_server.store.log import read_epoch
from tertulia_server.store.opening import open_store


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def refused(url: str, *, create: bool = True) -> str:
    with pytest.raises(StartError) as error:
        await open_store(url, create=create)
    return str(error.value)


async def test_store_opened_is_made_with_its_tables(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/a.db")
    assert await store.read(read_epoch)
    await store.close()


async def test_store_named_relatively_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await (await open_store("sqlite:///my%20posts.db")).close()
    assert (tmp_path / "my posts.db").is_file()


async def test_store_with_odd_characters_in_its_path_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "Ärger & Söhne #1 100%"
    folder.mkdir()
    url = "sqlite:///" + str(folder).replace("%", "%25").replace("#", "%23") + "/a.db"
    await (await open_store(url)).close()
    assert (folder / "a.db").is_file()


async def test_file_made_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds hashes of passwords and tokens."""
    store = await open_store(f"sqlite:///{tmp_path}/a.db")
    await store.write(put_fact, "a", "b")
    assert modes_in(tmp_path) == dict.fromkeys(["a.db", "a.db-wal", "a.db-shm"], 0o600)
    await store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://127.0.0.1:1/forum", "No PostgreSQL answers at 127.0.0.1:1: Connection refused."),
        ("postgresql+psycopg://localhost/forum", "or postgresql://ROLE:PASSWORD@HOST/NAME"),
        ("mysql://localhost/forum", "sqlite:///FILE"),
        ("forum.db", "sqlite:///FILE"),
        ("postgres", "or postgresql://ROLE:PASSWORD@HOST/NAME"),
        ("", "sqlite:///FILE"),
        ("sqlite://", "sqlite:///FILE"),
        ("sqlite:///", "sqlite:///FILE"),
        ("sqlite://forum.db", "sqlite:///FILE"),
        ("sqlite:///forum.db?mode=ro", "sqlite:///FILE"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
async def test_url_of_no_use_is_refused_with_a_sentence(url: str, words: str) -> None:
    assert words in await refused(url)


async def test_url_of_no_use_is_refused_without_its_password() -> None:
    sentence = await refused("mysql://ada:secret@localhost/forum")
    assert "mysql://" in sentence
    assert "secret" not in sentence


async def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    assert f"{tmp_path}/none" in await refused(f"sqlite:///{tmp_path}/none/a.db")
    assert names_in(tmp_path) == []


async def test_database_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    assert "There is no database" in await refused(f"sqlite:///{tmp_path}/a.db", create=False)
    assert names_in(tmp_path) == []


async def test_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "is not a file" in await refused(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("content", [b"Dear diary, ...", b"SQLite format 3\x00" + b"\xff" * 4096, b"S"])
async def test_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    assert "not a database" in await refused(f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert names_in(tmp_path) == ["a.db"]


async def test_file_that_is_empty_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    await (await open_store(f"sqlite:///{tmp_path}/a.db")).close()


async def test_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    content = path.read_bytes()
    assert "another program" in await refused(f"sqlite:///{path}")
    assert path.read_bytes() == content


async def test_database_of_a_later_release_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = await open_store(f"sqlite:///{path}")
    await store.write(put_fact, "oldest_program", "99.0")
    await store.close()
    content = path.read_bytes()
    assert "needs Tertulia 99.0" in await refused(f"sqlite:///{path}")
    assert path.read_bytes() == content


@pytest.mark.parametrize(("closed", "words"), [("a.db", "may not be read and written"), ("", "may not be written to")])
async def test_file_and_folder_that_may_not_be_written_to_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str, words: str
) -> None:
    (tmp_path / "a.db").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / closed)  # root may write everywhere
    assert words in await refused(f"sqlite:///{tmp_path}/a.db")


async def test_database_opened_again_keeps_what_was_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    store = await open_store(url)
    await store.write(put_fact, "colour", "green")
    epoch = await store.read(read_epoch)
    await store.close()
    store = await open_store(url, create=False)
    assert await store.read(get_fact, "colour") == "green"
    assert await store.read(read_epoch) == epoch
    await store.close()


async def test_processes_opening_a_new_file_at_once_agree_on_its_epoch(tmp_path: Path) -> None:
    """One makes the tables, the others wait for it and find them there."""
    program = (
        "import asyncio, sys\n"
        "from tertulia_server.store.opening import open_store\n"
        "from tertulia_server.store.log import read_epoch\n"
        "async def main():\n"
        "    store = await open_store(sys.argv[1])\n"
        "    print(await store.read(read_epoch))\n"
        "    await store.close()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path}/a.db"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=environment) for _ in range(4)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 4
    assert len({output for output, _ in outputs}) == 1
