"""`tertulia db`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from tertulia_client.cli import main
from tertulia_server.cli import db as module
from tertulia_server.store.connections import make_engine
from tertulia_server.store.copying import count_rows
from tertulia_server.store.heads import read_heads
from tertulia_server.store.log import read_epoch, read_log
from tertulia_server.store.migrating import _config
from tertulia_server.store.opening import open_store
from tests.postgresql import PASSWORD
from tests.server.store.forum_with_posts import POSTS, fill

WIDTH_COLUMNS = 80


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A forum with some posts, which is also the one of the settings."""
    url = f"sqlite:///{tmp_path / 'forum.db'}"
    monkeypatch.setenv("TERTULIA_DATABASE", url)
    asyncio.run(fill(url))
    return url


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was said since the last call, on both roads; every line fits a terminal."""

    def read() -> str:
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert PASSWORD not in captured.out + captured.err
        return captured.out + captured.err

    return read


def ask(url: str, operation: Callable[..., Any], *args: object) -> Any:
    async def read() -> Any:
        store = await open_store(url, create=False)
        outcome = await store.read(operation, *args)
        await store.close()
        return outcome

    return asyncio.run(read())


def test_copy_of_tables_of_an_older_release_says_what_to_do(tmp_path: Path, said: Callable[[], str]) -> None:
    old = tmp_path / "old.db"
    with make_engine(old).connect() as connection:
        command.upgrade(_config(connection), "0001")
        connection.commit()
    assert main.run(["db", "copy", f"sqlite:///{old}", f"sqlite:///{tmp_path / 'new.db'}"]) == 2
    assert "`tertulia db migrate` it" in said()
    assert not (tmp_path / "new.db").exists()


def test_migrate_makes_the_tables(tmp_path: Path, said: Callable[[], str]) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for _ in range(2):
        assert main.run(["db", "migrate", url]) == 0
        assert said() == f"The tables of {url} are those of this release.\n"
    assert ask(url, count_rows)["posts"] == 0


def test_migrate_without_a_url_takes_that_of_the_settings(url: str, said: Callable[[], str]) -> None:
    assert main.run(["db", "migrate"]) == 0
    assert url in said()


def test_copy_to_postgresql_shows_what_was_compared(url: str, shared_postgresql: Any, said: Callable[[], str]) -> None:
    to_url = shared_postgresql.url(shared_postgresql.create_database())
    assert main.run(["db", "copy", url, to_url]) == 0
    lines = said().splitlines()
    assert re.match(r"Table +Rows +Checksum on both sides", lines[0])
    assert re.match(rf"posts +{POSTS + 2} +[0-9a-f]{{12}}", next(line for line in lines if line.startswith("posts ")))
    assert (
        lines[-1]
        == f"postgresql://127.0.0.1:{to_url.partition('@127.0.0.1:')[2]} holds the same as {url}, compared row by row."
    )
    assert ask(to_url, read_epoch) == ask(url, read_epoch)


def test_copy_that_is_refused_ends_with_status_2_and_a_sentence(url: str, said: Callable[[], str]) -> None:
    assert main.run(["db", "copy", url, url]) == 2
    assert said() == ("tertulia: The database that is to be filled is not empty: it has attempts. Name a new one.\n")
    assert main.run(["db", "copy", "mysql://ada:secret@localhost/x", url]) == 2
    assert "secret" not in said()


def test_backup_and_restore_say_what_they_made(url: str, tmp_path: Path, said: Callable[[], str]) -> None:
    file, to_url = tmp_path / "backup", f"sqlite:///{tmp_path / 'restored.db'}"
    assert main.run(["db", "backup", str(file)]) == 0
    assert said() == f"{file} is a sound copy of {url}: {file.stat().st_size:,} bytes, on the disk.\n"
    assert main.run(["db", "restore", str(file), to_url]) == 0
    assert said().endswith(f"{to_url} holds what {file} holds, compared row by row, with a new epoch.\n")
    assert ask(to_url, read_epoch) != ask(url, read_epoch)
    assert main.run(["db", "backup", str(file)]) == 2
    assert "is there already" in said()


def test_new_epoch_is_said(url: str, said: Callable[[], str]) -> None:
    before = ask(url, read_epoch)
    assert main.run(["db", "new-epoch"]) == 0
    after = ask(url, read_epoch)
    assert before != after
    assert f"has the epoch {after}." in said()


def test_new_epoch_of_no_forum_makes_none(tmp_path: Path, said: Callable[[], str]) -> None:
    assert main.run(["db", "new-epoch", "--database", f"sqlite:///{tmp_path}/none.db"]) == 2
    assert "There is no database" in said()
    assert list(tmp_path.glob("none*")) == []


def test_trim_of_one_channel(url: str, said: Callable[[], str]) -> None:
    head = ask(url, read_heads, ["thread:1"])["thread:1"].seq
    assert main.run(["db", "trim", "thread:1", "--keep-events", "4"]) == 0
    assert said() == (
        f"Removed {head - 4} events of thread:1; it begins with event {head - 3}, and the next is {head + 1}.\n"
    )
    assert main.run(["db", "trim", "thread:1", "--up-to", str(head)]) == 0
    assert said() == f"Removed 4 events of thread:1; nothing is left of it, and the next is {head + 1}.\n"
    assert ask(url, count_rows)["posts"] == POSTS + 2


def test_trim_of_all_channels(url: str, said: Callable[[], str]) -> None:
    assert main.run(["db", "trim", "--all", "--keep-events", "1"]) == 0
    assert re.fullmatch(r"Removed \d+ events of 4 channels\.\n", said())
    for channel in ("thread:1", "thread:2", "forum:1"):
        assert len(ask(url, read_log, channel, 0, 100)) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name one channel, or --all."),
        (["thread:1", "--all", "--keep-events", "1"], "Name one channel, or --all."),
        (["thread:1"], "Say --keep-events N, or for one channel --up-to SEQ."),
        (["--all", "--up-to", "5"], "Say --keep-events N, or for one channel --up-to SEQ."),
        (["thread:1", "--up-to", "5", "--keep-events", "5"], "Say --keep-events N, or for one channel --up-to SEQ."),
        (["thread:99", "--keep-events", "5"], "Nothing has happened in 'thread:99'."),
        (["thread:1", "--keep-events", "-1"], "Invalid value for '--keep-events'"),
    ],
)
def test_trim_that_says_too_little_or_too_much_changes_nothing(
    url: str, said: Callable[[], str], words: list[str], sentence: str
) -> None:
    before = ask(url, count_rows)
    assert main.run(["db", "trim", *words]) == 2
    assert sentence in said()
    assert ask(url, count_rows) == before


@pytest.mark.parametrize("command", [[], ["copy"], ["trim"], ["backup"], ["restore"], ["migrate"], ["new-epoch"]])
def test_help_fits_a_terminal(said: Callable[[], str], command: list[str]) -> None:
    assert main.run(["db", *command, "--help"]) == 0
    assert all(len(line) <= WIDTH_COLUMNS for line in said().splitlines())


def test_bars_are_shown_at_a_terminal_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with module._Bars() as bars:
        assert bars._progress.disable
        asyncio.run(bars.expect(url))
        bars.read("posts", 3)
        bars.verified("posts", 2)
    reading, verifying = bars._progress.tasks
    total = sum(ask(url, count_rows).values())
    assert [(task.total, task.completed) for task in (reading, verifying)] == [(total, 3), (total, 2)]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with module._Bars() as bars:
        assert not bars._progress.disable
