"""`tertulia admin`."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from tertulia_client.cli import main
from tertulia_server.actions.members import sign_in
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.sign_ins import find_visitor_by_sign_in


def test_first_administrator_is_made_and_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = f"sqlite:///{tmp_path / 'forum.db'}"
    monkeypatch.setenv("TERTULIA_DATABASE", database)

    async def who() -> Visitor | None:
        async with offline_actions(database) as actions:
            token = await sign_in(actions, "Ana", "correct horse")
            return await actions.store.read(find_visitor_by_sign_in, hash_token(token), actions.now_ms())

    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main.run(["admin", "create", "Ana", "--password-stdin"]) == 0
    assert "Ana" in capsys.readouterr().out
    visitor = asyncio.run(who())
    assert visitor is not None
    assert visitor.role is Role.ADMINISTRATOR
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main.run(["admin", "create", "Bo"]) == 2
    assert "--password-stdin" in capsys.readouterr().err
