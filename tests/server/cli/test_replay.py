"""`tertulia replay`: the demo's thread once more; what it says, and how it stops."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tertulia_server
from tertulia_client.cli.main import run
from tertulia_client.client import Client
from tertulia_client.events import PostCreated
from tertulia_server.cli.replay import AGAIN, again
from tertulia_wire.limits import MAX_TITLE_CHARS
from tests.processes import TertuliaServer

DEMO = Path(tertulia_server.__file__).parent / "demo"
PAGE = str(DEMO / "lighthouse-1.txt")


@pytest.fixture
def database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    url = f"sqlite:///{tmp_path / 'forum.db'}"
    assert run(["import", PAGE, "--database", url]) == 0
    capsys.readouterr()
    return url


def test_it_says_what_it_does_and_where(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", "1", "--speed", "100000", "--posts", "5", "--database", database]) == 0
    out, err = capsys.readouterr()
    assert out == "5 posts: /threads/2-bringing-the-light-at-carrick-point-back-a-diary-and-a-call\n"
    assert "5 posts of 'Bringing the light" in err
    assert "Ctrl-C ends it, and what was written stays" in err
    assert "to be seen at /threads/2-" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["9"], "There is no such thread."),
        (["site"], "Give the number of a thread"),
        (["forum:1"], "Give the number of a thread"),
        (["1", "--speed", "0"], "speed"),
        (["1", "--title", " "], "title"),
    ],
)
def test_what_cannot_be_replayed_is_a_sentence(
    database: str, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", *words, "--database", database]) == 2
    assert sentence in capsys.readouterr().err


def test_database_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.db"
    assert run(["replay", "1", "--database", f"sqlite:///{path}"]) == 2
    assert (path.exists(), capsys.readouterr().out) == (False, "")


async def test_ctrl_c_ends_it_after_a_whole_post(database: str) -> None:
    words = ["replay", "thread:1", "--speed", "0.1", "--database", database]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tertulia_client", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while b"to be seen at" not in await process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"1 posts of 20; it was stopped: /threads/2-")


async def test_who_follows_the_forum_hears_each_post(database: str, tmp_path: Path) -> None:
    """The server is another process, and the writer is none of its workers."""
    server = TertuliaServer(tmp_path)
    server.start()
    try:
        async with asyncio.timeout(60), Client(server.url) as client:
            heard = client.follow("forum:1", since="earliest")
            told = [await anext(heard) for _ in range(21)]
            assert len([event for event in told if isinstance(event, PostCreated)]) == 20
            words = ["replay", "1", "--speed", "100000", "--posts", "4", "--database", database]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tertulia_client", *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            live = [event for event in [await anext(heard) for _ in range(5)] if isinstance(event, PostCreated)]
            assert await process.wait() == 0
    finally:
        server.close()
    assert [(event.author.name, event.number) for event in live] == [
        ("Maren Holm", 1),
        ("O'Dell", 2),
        ("wick 42", 3),
        ("Maren Holm", 4),
    ]


def test_title_stays_within_the_limit() -> None:
    assert again("The light") == f"The light{AGAIN}"
    assert len(again("x" * MAX_TITLE_CHARS)) == MAX_TITLE_CHARS
