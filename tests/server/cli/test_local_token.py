"""The token that tools of this user find while a server runs on loopback."""

from __future__ import annotations

import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_member
from tertulia_server.cli import local_token
from tertulia_server.cli.local_token import LocalToken
from tertulia_server.cli.offline import offline_actions
from tertulia_server.errors import StartError
from tertulia_server.forum.rights import check_may_run_trials, may_administer
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.sign_ins import find_visitor_by_token
from tertulia_wire.local_token import local_token_path

Issue = Callable[[int], Awaitable[LocalToken]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
async def actions(tmp_path: Path) -> AsyncIterator[Actions]:
    async with offline_actions(f"sqlite:///{tmp_path / 'forum.db'}") as actions:
        yield actions


@pytest.fixture
def issue(actions: Actions) -> Iterator[Issue]:
    """`local_token.issue`, by a server that ends with the test."""
    issued: list[LocalToken] = []

    async def issue(port: int) -> LocalToken:
        issued.append(await local_token.issue(actions, port))
        return issued[-1]

    yield issue
    for token in issued:
        token.file.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_address_of_this_machine_is_loopback(host: str) -> None:
    assert local_token.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_address_that_others_reach_is_not_loopback(host: str) -> None:
    assert not local_token.is_loopback(host)


async def test_token_in_the_file_is_that_of_the_bot(actions: Actions, issue: Issue) -> None:
    token = (await issue(8123)).text
    assert local_token_path(8123).read_text() == token
    visitor = await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms())
    assert visitor is not None
    assert (visitor.name, visitor.is_bot) == (local_token.BOT_NAME, True)
    check_may_run_trials(visitor)
    assert not may_administer(visitor)


async def test_file_is_for_this_user_only(issue: Issue) -> None:
    await issue(8123)
    path = local_token_path(8123)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


async def test_second_start_has_the_same_bot_and_a_new_token(issue: Issue) -> None:
    first, second = await issue(8123), await issue(8123)
    assert first.text != second.text


async def test_withdrawn_token_no_longer_holds_and_its_file_is_gone(actions: Actions, issue: Issue) -> None:
    token = await issue(8123)
    local_token.remove(8123, token)
    await local_token.withdraw(actions, token)
    assert not local_token_path(8123).exists()
    assert await actions.store.read(find_visitor_by_token, hash_token(token.text), actions.now_ms()) is None


async def test_file_of_another_server_is_left_alone(actions: Actions, issue: Issue) -> None:
    token = await issue(8123)
    local_token_path(8123).write_text("another")
    local_token.remove(8123, token)
    assert local_token_path(8123).read_text() == "another"


async def test_folder_that_others_may_enter_is_refused(issue: Issue) -> None:
    folder = local_token_path(8123).parent
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StartError):
        await issue(8123)
    assert list(folder.iterdir()) == []


async def test_person_of_that_name_gets_no_token(actions: Actions, issue: Issue) -> None:
    await create_member(actions, local_token.BOT_NAME, password="long enough")
    with pytest.raises(StartError, match="person"):
        await issue(8123)


async def test_discard_removes_what_a_killed_server_left_for_this_port_only(issue: Issue) -> None:
    local_token.discard(8123)
    await issue(8123)
    await issue(8124)
    local_token.discard(8123)
    assert not local_token_path(8123).exists()
    assert local_token_path(8124).exists()


@pytest.fixture
def served() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def unserved() -> Iterator[int]:
    """A port on which nobody listens, and which nobody else is given meanwhile."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind(("127.0.0.1", 0))
        yield line.getsockname()[1]


async def test_file_of_a_server_that_was_killed_is_cleared(issue: Issue, unserved: int) -> None:
    token = await issue(unserved)
    token.file.close()  # as the system does when a process ends
    assert local_token.clear_left_behind() == 1
    assert not local_token_path(unserved).exists()


async def test_file_of_a_server_that_runs_is_not_cleared(issue: Issue, unserved: int) -> None:
    """Its lock says so even where its port is not seen: in a container."""
    await issue(unserved)
    assert local_token.clear_left_behind() == 0
    assert local_token_path(unserved).exists()


async def test_file_that_nobody_locks_is_not_cleared_while_its_port_is_served(issue: Issue, served: int) -> None:
    (await issue(served)).file.close()
    assert local_token.clear_left_behind() == 0
    assert local_token_path(served).exists()


async def test_clearing_leaves_other_files_and_other_folders_alone(issue: Issue, unserved: int) -> None:
    (await issue(unserved)).file.close()
    path = local_token_path(unserved)
    for name in ("notes", "token-", "token-x", "token-123456"):
        (path.parent / name).write_text("mine")
    path.parent.chmod(0o755)
    assert local_token.clear_left_behind() == 0
    path.parent.chmod(0o700)
    assert local_token.clear_left_behind() == 1
    assert len(list(path.parent.iterdir())) == 4


async def test_one_start_looks_at_so_many_files_only(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_token, "MAX_LOOKED_AT", 0)
    (await issue(8123)).file.close()
    assert local_token.clear_left_behind() == 0
