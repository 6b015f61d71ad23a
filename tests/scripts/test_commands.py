"""Which command does what."""

from __future__ import annotations

import pytest

import checks
import commands
import demo
import figures
import programs
import soak


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    done: list[object] = []

    def record(entry: object, status: int = 0) -> int:
        done.append(entry)
        return status

    monkeypatch.setattr(commands, "set_up", record)
    monkeypatch.setattr(demo, "run", lambda: record("demo"))
    monkeypatch.setattr(soak, "run", lambda: record("soak"))
    monkeypatch.setattr(figures, "run", record)
    monkeypatch.setattr(programs, "install_missing", lambda: record("programs"))
    monkeypatch.setattr(checks, "run", lambda words, is_long: record((words, is_long), 2))
    return done


@pytest.mark.parametrize(
    ("command", "words", "expected", "status"),
    [
        ("setup", [], ["run"], 0),
        ("run", [], ["demo"], 0),
        ("programs", [], ["programs"], 0),
        ("soak", [], ["test", "soak"], 0),
        ("bench", ["--save"], ["test", ["--save"]], 0),
        ("test", [], ["test", ([], False)], 2),
        ("test", ["-x"], ["test", (["-x"], False)], 2),
        ("test-long", [], ["test", ([], True)], 2),
    ],
)
def test_command_does_its_steps_and_returns_the_status(
    command: str, words: list[str], expected: list[object], status: int, done: list[object]
) -> None:
    assert commands.run(command, words) == status
    assert done == expected
