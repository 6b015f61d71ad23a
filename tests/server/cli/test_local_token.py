"""The token that tools of this user find while a server runs on loopback."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_member
from tertulia_server.cli import local_token
from tertulia_server.cli.offline import offline_actions
from tertulia_server.errors import StartError
from tertulia_server.forum.rights import check_may_run_trials, may_administer
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.sign_ins import find_visitor_by_token
from tertulia_wire.local_token import local_token_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
async def actions(tmp_path: Path) -> AsyncIterator[Actions]:
    async with offline_actions(f"sqlite:///{tmp_path / 'forum.db'}") as actions:
        yield actions


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_address_of_this_machine_is_loopback(host: str) -> None:
    assert local_token.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_address_that_others_reach_is_not_loopback(host: str) -> None:
    assert not local_token.is_loopback(host)


async def test_token_in_the_file_is_that_of_the_bot(actions: Actions) -> None:
    token = await local_token.issue(actions, 8123)
    assert local_token_path(8123).read_text() == token
    visitor = await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms())
    assert visitor is not None
    assert (visitor.name, visitor.is_bot) == (local_token.BOT_NAME, True)
    check_may_run_trials(visitor)
    assert not may_administer(visitor)


async def test_file_is_for_this_user_only(actions: Actions) -> None:
    await local_token.issue(actions, 8123)
    path = local_token_path(8123)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


async def test_second_start_has_the_same_bot_and_a_new_token(actions: Actions) -> None:
    assert await local_token.issue(actions, 8123) != await local_token.issue(actions, 8123)


async def test_withdrawn_token_no_longer_holds_and_its_file_is_gone(actions: Actions) -> None:
    token = await local_token.issue(actions, 8123)
    local_token.remove(8123, token)
    await local_token.withdraw(actions, token)
    assert not local_token_path(8123).exists()
    assert await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms()) is None


async def test_file_of_another_server_is_left_alone(actions: Actions) -> None:
    token = await local_token.issue(actions, 8123)
    local_token_path(8123).write_text("another")
    local_token.remove(8123, token)
    assert local_token_path(8123).read_text() == "another"


async def test_folder_that_others_may_enter_is_refused(actions: Actions) -> None:
    folder = local_token_path(8123).parent
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(StartError):
        await local_token.issue(actions, 8123)
    assert list(folder.iterdir()) == []


async def test_person_of_that_name_gets_no_token(actions: Actions) -> None:
    await create_member(actions, local_token.BOT_NAME, password="long enough")
    with pytest.raises(StartError, match="person"):
        await local_token.issue(actions, 8123)


async def test_discard_removes_what_a_killed_server_left_for_this_port_only(actions: Actions) -> None:
    local_token.discard(8123)
    await local_token.issue(actions, 8123)
    await local_token.issue(actions, 8124)
    local_token.discard(8123)
    assert not local_token_path(8123).exists()
    assert local_token_path(8124).exists()
