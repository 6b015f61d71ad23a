from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_client.address import parse_address
from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError
from tertulia_client.load.target import REMOVALS_AT_ONCE, check_permission, find_token, prepare_threads, remove_posts
from tertulia_client.testing import FakeServer
from tertulia_wire.local_token import FOLDER_MODE, local_token_path

LOCAL = parse_address("http://127.0.0.1:8123")


@pytest.fixture
def token_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = local_token_path(LOCAL.port)
    file.parent.mkdir(mode=FOLDER_MODE)
    file.write_text("local-token\n", encoding="ascii")
    return file


def test_given_token_comes_first(token_file: Path) -> None:
    assert find_token(LOCAL, "given") == "given"


def test_token_of_the_local_server_is_found(token_file: Path) -> None:
    assert find_token(LOCAL, None) == "local-token"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8124", "http://192.0.2.1:8123"])
def test_no_token_is_told(token_file: Path, url: str) -> None:
    with pytest.raises(ClientError, match="needs a token"):
        find_token(parse_address(url), None)


def test_folder_that_others_may_write_is_not_trusted(token_file: Path) -> None:
    token_file.parent.chmod(0o777)
    with pytest.raises(ClientError):
        find_token(LOCAL, None)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


FORUMS = {"forums": [{"forum": {"id": 1}}, {"forum": {"id": 2}}]}


async def test_thread_is_begun_in_the_first_forum_that_lets_us(server: FakeServer) -> None:
    server.faults.api_answers = [(200, FORUMS), (403, {"code": 4301})]
    async with Api(server.url, token="t") as api:
        assert await prepare_threads(api, "abc") == [17]
    assert [path for _, path, _ in server.requests] == ["/api/forums", "/api/forums/1/threads", "/api/forums/2/threads"]
    assert server.requests[-1][2]["title"] == "Load run abc"


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ([(200, FORUMS), (403, {"code": 4301}), (403, {"code": 4301})], "may not"),
        ([(200, FORUMS), (403, {"code": 4302})], "banned"),
        ([(200, {"forums": []})], "has no forum"),
    ],
)
async def test_nowhere_to_post_is_told(server: FakeServer, answers: list[tuple[int, object]], sentence: str) -> None:
    server.faults.api_answers = answers
    async with Api(server.url, token="t") as api:
        with pytest.raises((ApiError, ClientError), match=sentence):
            await prepare_threads(api, "abc")


async def test_many_threads_are_begun_in_the_forum_that_let_us(server: FakeServer) -> None:
    async with Api(server.url, token="t") as api:
        assert await prepare_threads(api, "abc", 3) == [17, 17, 17]
    titles = [body["title"] for method, _, body in server.requests if method == "POST"]
    assert titles == ["Load run abc", "Load run abc, thread 2", "Load run abc, thread 3"]


async def test_posts_are_removed_and_what_is_left_is_told(server: FakeServer) -> None:
    for text in ("one", "two"):
        server.say(text)
    async with Api(server.url, token="t") as api:
        assert await remove_posts(api, [1, 2]) == "removed 2 posts of the run"
        server.faults.api_answers = [(403, {"code": 4301, "detail": "You may not."})] * REMOVALS_AT_ONCE
        left = await remove_posts(api, list(range(1, 100)))  # the others are not even tried, but for a few
        assert left == "removed 0 posts of the run; 99 are left (a moderator may remove them, this token may not)"


def test_target_that_is_not_this_machine_needs_a_word() -> None:
    far = parse_address("https://forum.example")
    check_permission(LOCAL, is_allowed=False)
    check_permission(far, is_allowed=True)
    with pytest.raises(ClientError, match="--yes-i-run-this-server"):
        check_permission(far, is_allowed=False)
