"""Actions without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_server.actions.members import create_member
from tertulia_server.cli.offline import offline_actions
from tertulia_server.errors import StartError
from tertulia_server.store.members import get_member


async def test_what_was_done_is_kept(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'forum.db'}"
    async with offline_actions(database) as actions:
        member_id = await create_member(actions, "Ana")
        actions.publish([])
    async with offline_actions(database, create=False) as actions:
        found = await actions.store.read(get_member, member_id)
    assert found is not None
    assert found.name == "Ana"
    assert found.joined_ms is not None


async def test_file_that_is_made_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "forum.db"
    async with offline_actions(f"sqlite:///{file}"):
        pass
    assert capsys.readouterr().err == f"tertulia: made a new database, {file}\n"
    async with offline_actions(f"sqlite:///{file}"):
        pass
    assert capsys.readouterr().err == ""


async def test_missing_database_is_refused_when_it_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(StartError):
        async with offline_actions(f"sqlite:///{tmp_path / 'forum.db'}", create=False):
            pytest.fail("opened")
    assert not tmp_path.joinpath("forum.db").exists()
