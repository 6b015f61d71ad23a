"""`tertulia forum`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.cli import main


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_DATABASE", f"sqlite:///{tmp_path / 'forum.db'}")


def test_forum_create_says_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["forum", "create", "Tea room", "--category", "Talk", "--audience", "members"]) == 0
    assert capsys.readouterr().out == "Forum 1: Tea room, readable by members.\n"
    words = ["--audience", "moderators", "--posting", "administrators"]
    assert main.run(["forum", "create", "Back room", *words]) == 0
    assert capsys.readouterr().out == "Forum 2: Back room, readable by moderators.\n"


def test_forum_create_twice_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["forum", "create", "Tea room"]) == 0
    capsys.readouterr()
    assert main.run(["forum", "create", "Tea room"]) == 2
    assert "There is a forum named 'Tea room' already." in capsys.readouterr().err


def test_forum_create_for_an_unknown_audience_is_a_mistake_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["forum", "create", "Tea room", "--audience", "cats"]) == 2
    assert "cats" in capsys.readouterr().err
