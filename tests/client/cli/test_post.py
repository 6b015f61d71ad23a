"""`tertulia post`, as a process and as a function."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from tertulia_client.cli.main import run
from tertulia_client.cli.post import thread_id_of
from tertulia_client.errors import ClientError
from tertulia_client.testing import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(30), FakeServer() as server:
        yield server


async def tertulia(*words: str) -> int:
    """The command runs a loop of its own, so it gets a thread of its own."""
    return await asyncio.to_thread(run, words)


async def test_post_writes_and_prints_the_address(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert await tertulia("post", "1", "Hello!", "--url", server.url, "--token", "t") == 0
    said = capsys.readouterr()
    assert (server.texts, said.out) == (["Hello!"], f"{server.url}/posts/1\n")
    assert said.err == "Post 1 in 'Thread 1'.\n"


async def test_text_comes_from_standard_input(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines"))
    monkeypatch.setenv("TERTULIA_TOKEN", "t")
    assert await tertulia("post", "thread:1", "--url", server.url) == 0
    assert server.texts == ["two\nlines"]


async def test_same_key_posts_once(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert await tertulia("post", "1", "Hello!", "--url", server.url, "--token", "t", "--key", "my-own-key") == 0
    assert server.texts == ["Hello!"]
    assert "posted before" in capsys.readouterr().err


async def test_answer_that_was_cut_off_is_asked_for_again_and_posts_once(server: FakeServer) -> None:
    server.faults.drop_api_answers = 2
    assert await tertulia("post", "1", "Hello!", "--url", server.url, "--token", "t") == 0
    assert server.texts == ["Hello!"]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["1", "x", "--token", ""], "needs a token"),
        (["one", "x", "--token", "t"], "'one' is no thread"),
        (["forum:1", "x", "--token", "t"], "'forum:1' is no thread"),
        (["1", "x", "--token", "t", "--key", "short"], "8 to 64 characters"),
        (["1", "x", "--token", "t", "--url", "ftp://x"], "no address"),
    ],
)
def test_wrong_word_is_one_sentence_and_status_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TERTULIA_TOKEN", raising=False)
    assert run(["post", *words]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


async def test_refusal_is_the_sentence_of_the_server(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.faults.api_answers.append((422, {"code": 4209, "detail": "A post needs some text."}))
    assert await tertulia("post", "1", " ", "--url", server.url, "--token", "t") == 2
    assert capsys.readouterr().err == "tertulia: A post needs some text.\n"


@pytest.mark.parametrize("name", ["17", "thread:17"])
def test_thread_is_named_by_number_or_channel(name: str) -> None:
    assert thread_id_of(name) == 17


@pytest.mark.parametrize("name", ["", "0", "-1", "site", "member:1", "thread:", "1.5", "９"])
def test_what_is_no_thread_is_refused(name: str) -> None:
    with pytest.raises(ClientError):
        thread_id_of(name)
