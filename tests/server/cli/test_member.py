"""`tertulia member`."""

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
from tertulia_server.store.members import Member, find_member_by_name
from tertulia_server.store.sign_ins import find_visitor_by_token

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    database = f"sqlite:///{tmp_path / 'forum.db'}"
    monkeypatch.setenv("TERTULIA_DATABASE", database)
    return database


def _run(monkeypatch: pytest.MonkeyPatch, *words: str, stdin: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    return main.run(["member", *words])


def _find(database: str, name: str) -> Member | None:
    async def find() -> Member | None:
        async with offline_actions(database) as actions:
            return await actions.store.read(find_member_by_name, name)

    return asyncio.run(find())


def _try_sign_in(database: str, name: str, password: str) -> str:
    async def attempt() -> str:
        async with offline_actions(database) as actions:
            return await sign_in(actions, name, password)

    return asyncio.run(attempt())


def test_member_with_a_password_can_sign_in(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "create", "Ana", "--password-stdin", stdin=f"{PASSWORD}\n") == 0
    assert _try_sign_in(database, "Ana", PASSWORD)


def test_administrator_is_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "create", "Ana", "--admin", "--password-stdin", stdin=PASSWORD) == 0
    found = _find(database, "Ana")
    assert found is not None
    assert found.role is Role.ADMINISTRATOR


def test_bot_has_a_token_and_no_password(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "create", "Greeter", "--bot") == 0
    capsys.readouterr()
    assert _run(monkeypatch, "token", "Greeter", "--label", "tests") == 0
    token = capsys.readouterr().out.strip()

    async def find() -> Visitor | None:
        async with offline_actions(database) as actions:
            return await actions.store.read(find_visitor_by_token, hash_token(token), actions.now_ms())

    visitor = asyncio.run(find())
    assert visitor is not None
    assert (visitor.name, visitor.is_bot) == ("Greeter", True)


def test_bot_with_a_password_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "create", "Greeter", "--bot", "--password-stdin", stdin=PASSWORD) == 2
    assert _find(database, "Greeter") is None


def test_member_without_a_password_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "create", "Ana") == 0
    assert "cannot sign in" in capsys.readouterr().out


def test_new_password_takes_the_place_of_the_old(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(monkeypatch, "create", "Ana", "--password-stdin", stdin="the old one")
    assert _run(monkeypatch, "password", "Ana", "--password-stdin", stdin=PASSWORD) == 0
    assert _try_sign_in(database, "Ana", PASSWORD)


def _role(database: str, name: str) -> Role | None:
    found = _find(database, name)
    return None if found is None else found.role


def test_moderator_is_appointed_and_dismissed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main.run(["forum", "create", "Kitchen"]) == 0
    _run(monkeypatch, "create", "Ana")
    assert _run(monkeypatch, "appoint", "Ana", "--forum", "Kitchen") == 0
    assert _role(database, "Ana") is Role.MODERATOR
    assert _run(monkeypatch, "dismiss", "Ana", "--forum", "Kitchen") == 0
    assert _role(database, "Ana") is Role.MEMBER


def test_administrator_is_appointed_and_dismissed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(monkeypatch, "create", "Ana")
    assert _run(monkeypatch, "appoint", "Ana", "--admin") == 0
    assert _role(database, "Ana") is Role.ADMINISTRATOR
    assert _run(monkeypatch, "dismiss", "Ana", "--admin") == 0
    assert _role(database, "Ana") is Role.MEMBER


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("create", "Ana", "--password-stdin"), "short", "password"),
        (("create", "A", "--password-stdin"), PASSWORD, "name"),
        (("create", "Twin"), "", "already"),
        (("token", "Nobody", "--label", "x"), "", "Nobody"),
        (("token", "Twin", "--label", "x" * 65), "", "label"),
        (("password", "Twin"), "", "--password-stdin"),
        (("appoint", "Twin"), "", "--admin"),
        (("appoint", "Twin", "--admin", "--forum", "Kitchen"), "", "--admin"),
        (("appoint", "Twin", "--forum", "Nowhere"), "", "Nowhere"),
        (("appoint", "Nobody", "--admin"), "", "Nobody"),
    ],
)
def test_refusal_is_one_sentence_and_status_2(
    words: tuple[str, ...],
    stdin: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _run(monkeypatch, "create", "Twin")
    capsys.readouterr()
    assert _run(monkeypatch, *words, stdin=stdin) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_member_is_banned_for_a_time_and_let_in_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _run(monkeypatch, "create", "Ana")
    assert _run(monkeypatch, "ban", "Ana", "--reason", "Shoes", "--days", "2") == 0
    found = _find(database, "Ana")
    assert found is not None
    assert (found.is_banned, found.ban_reason, found.banned_until_ms is not None) == (True, "Shoes", True)
    assert _run(monkeypatch, "unban", "Ana") == 0
    found = _find(database, "Ana")
    assert found is not None
    assert (found.is_banned, found.banned_until_ms) == (False, None)
    assert _run(monkeypatch, "ban", "Nobody", "--reason", "Shoes") == 2


def test_rank_is_set_by_hand_and_given_back_to_the_ladder(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(monkeypatch, "create", "Ada") == 0
    assert _run(monkeypatch, "rank", "ada", "Lamp keeper") == 0
    member = _find(database, "Ada")
    assert member is not None
    assert member.rank == "Lamp keeper"
    assert _run(monkeypatch, "rank", "ada") == 0
    member = _find(database, "Ada")
    assert member is not None
    assert member.rank is None
