"""`tertulia bot`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tertulia_client.cli import main
from tertulia_server.actions.members import create_member
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Scope, Visitor
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.bots import find_owner
from tertulia_server.store.sign_ins import find_visitor_by_token


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    database = f"sqlite:///{tmp_path / 'forum.db'}"
    monkeypatch.setenv("TERTULIA_DATABASE", database)
    return database


async def visitor_and_owner(database: str, token: str) -> tuple[Visitor | None, str | None]:
    async with offline_actions(database) as actions:
        visitor = await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms())
        owner = await actions.store.read(find_owner, visitor.member_id or 0) if visitor else None
        return visitor, owner.name if owner else None


def test_bot_is_made_and_only_its_token_is_printed(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["bot", "create", "Keeper"]) == 0
    [token] = capsys.readouterr().out.split()
    visitor, owner = asyncio.run(visitor_and_owner(database, token))
    assert visitor is not None
    assert (visitor.name, visitor.is_bot, visitor.scopes, owner) == ("Keeper", True, Scope.READ | Scope.POST, None)


def test_bot_of_a_member_with_a_token_that_reads(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def make_owner() -> None:
        async with offline_actions(database) as actions:
            await create_member(actions, "Ada")

    asyncio.run(make_owner())
    assert main.run(["bot", "create", "Keeper", "--owner", "ada", "--scopes", "read", "--days", "3"]) == 0
    visitor, owner = asyncio.run(visitor_and_owner(database, capsys.readouterr().out.strip()))
    assert visitor is not None
    assert (visitor.scopes, owner) == (Scope.READ, "Ada")


@pytest.mark.parametrize("words", [["x"], ["Keeper", "--owner", "nobody"], ["Keeper", "--scopes", "all"]])
def test_bot_that_cannot_be_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["bot", "create", *words]) == 2
    assert capsys.readouterr().out == ""
