"""When ./.venv is made, kept, added to or made anew: in a pretended checkout, with the calls written down."""

from __future__ import annotations

import fcntl
import json
import re
import sys
from pathlib import Path

import pytest

import environment

PYPROJECT = """
[build-system]
requires = ["builder>=1"]
[project]
dependencies = ["a>=1"]
[project.optional-dependencies]
server = ["b>=2"]
test = ["c>=3"]
[tool.hatch]
[tool.ruff]
line-length = {line_length}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "a checkout"
    root.mkdir()
    venv = root / ".venv"
    places = {
        "ROOT": root,
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STAMP": venv / "stamp.json",
        "UNFINISHED": venv / "unfinished",
        "LOCK": root / ".setup.lock",
        "CONSTRAINTS": root / "constraints.txt",
    }
    for name, place in places.items():
        monkeypatch.setattr(environment, name, place)
    root.joinpath("pyproject.toml").write_text(PYPROJECT.format(line_length=100), encoding="utf-8")
    root.joinpath("constraints.txt").write_text("a==1.0\n", encoding="utf-8")
    return root


@pytest.fixture
def calls(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of a set-up; making the environment puts a Python there, installing does nothing."""
    made: list[list[str]] = []

    def call(command: list[str], purpose: str) -> None:
        made.append(command)
        if command[1:3] == ["-m", "venv"]:
            environment.PYTHON.parent.mkdir()
            # Not a link: that would be the system's Python, which may lack pip.
            environment.PYTHON.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
            environment.PYTHON.chmod(0o755)

    monkeypatch.setattr(environment, "_call", call)
    return made


def _installed(calls: list[list[str]]) -> list[set[str]]:
    return [set(command) & {"a>=1", "b>=2", "c>=3", "builder>=1"} for command in calls if "--constraint" in command]


def _made(calls: list[list[str]]) -> int:
    return sum(command[1:3] == ["-m", "venv"] for command in calls)


def test_first_set_up_makes_installs_and_stamps(calls: list[list[str]]) -> None:
    environment.prepare("run")
    assert _made(calls) == 1
    assert _installed(calls) == [{"a>=1", "b>=2", "builder>=1"}]
    assert json.loads(environment.STAMP.read_text())["profiles"] == ["run"]
    assert not environment.UNFINISHED.exists()


def test_dependencies_come_as_wheels_with_their_pins(calls: list[list[str]]) -> None:
    environment.prepare("run")
    wheels = next(command for command in calls if "--constraint" in command)
    assert wheels[wheels.index("--only-binary") + 1] == ":all:"
    assert wheels[wheels.index("--constraint") + 1] == str(environment.CONSTRAINTS)


def test_unchanged_second_set_up_calls_nothing(calls: list[list[str]]) -> None:
    environment.prepare("run")
    calls.clear()
    environment.prepare("run")
    assert calls == []


def test_tests_add_their_own_to_what_is_there(calls: list[list[str]]) -> None:
    environment.prepare("run")
    calls.clear()
    environment.prepare("test")
    assert _made(calls) == 0
    assert _installed(calls) == [{"a>=1", "b>=2", "c>=3", "builder>=1"}]


def test_set_up_for_tests_will_do_for_running(calls: list[list[str]]) -> None:
    environment.prepare("test")
    calls.clear()
    environment.prepare("run")
    assert calls == []


def test_changed_pin_installs_again_for_all_that_was_set_up(calls: list[list[str]]) -> None:
    environment.prepare("test")
    calls.clear()
    environment.CONSTRAINTS.write_text("a==1.1\n", encoding="utf-8")
    environment.prepare("run")
    assert _made(calls) == 0
    assert _installed(calls) == [{"a>=1", "b>=2", "c>=3", "builder>=1"}]


def test_changed_setting_of_a_tool_changes_nothing(root: Path, calls: list[list[str]]) -> None:
    environment.prepare("run")
    calls.clear()
    root.joinpath("pyproject.toml").write_text(PYPROJECT.format(line_length=80), encoding="utf-8")
    environment.prepare("run")
    assert calls == []


def test_interrupted_set_up_is_made_anew(calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    environment.prepare("run")
    environment.UNFINISHED.touch()
    environment.VENV.joinpath("half-written").touch()
    calls.clear()
    environment.prepare("run")
    assert _made(calls) == 1
    assert not environment.VENV.joinpath("half-written").exists()
    assert not environment.UNFINISHED.exists()


def test_failed_installation_leaves_the_mark(calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], purpose: str) -> None:
        raise SystemExit(2)

    environment.prepare("run")
    environment.CONSTRAINTS.write_text("a==1.1\n", encoding="utf-8")
    monkeypatch.setattr(environment, "_call", fail)
    with pytest.raises(SystemExit):
        environment.prepare("run")
    assert environment.UNFINISHED.exists()


def test_environment_whose_python_is_gone_is_made_anew(calls: list[list[str]]) -> None:
    environment.prepare("run")
    environment.PYTHON.unlink()
    calls.clear()
    environment.prepare("run")
    assert _made(calls) == 1


def test_environment_of_a_moved_checkout_is_made_anew(calls: list[list[str]]) -> None:
    environment.prepare("run")
    stamp = json.loads(environment.STAMP.read_text())
    stamp["base"]["root"] = "/elsewhere"
    environment.STAMP.write_text(json.dumps(stamp))
    calls.clear()
    environment.prepare("run")
    assert _made(calls) == 1


def test_another_python_on_the_path_changes_nothing(calls: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    environment.prepare("run")
    calls.clear()
    monkeypatch.setattr(environment, "_base_python", lambda: "/elsewhere/python3")
    environment.prepare("run")
    assert calls == []


def test_another_python_that_is_asked_for_makes_it_anew(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare("run")
    calls.clear()
    monkeypatch.setattr(environment, "_base_python", lambda: "/elsewhere/python3")
    monkeypatch.setenv("PYTHON", "/elsewhere/python3")
    environment.prepare("run")
    assert _made(calls) == 1


def test_python_that_changed_its_version_makes_it_anew(calls: list[list[str]]) -> None:
    environment.prepare("run")
    stamp = json.loads(environment.STAMP.read_text())
    stamp["base"]["version"] = "3.11.0 of another day"
    environment.STAMP.write_text(json.dumps(stamp))
    calls.clear()
    environment.prepare("run")
    assert _made(calls) == 1


def test_unreadable_stamp_counts_as_none(calls: list[list[str]]) -> None:
    environment.prepare("run")
    environment.STAMP.write_text("[1", encoding="utf-8")
    calls.clear()
    environment.prepare("run")
    assert _installed(calls) == [{"a>=1", "b>=2", "builder>=1"}]


def test_step_that_fails_ends_with_status_2(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        environment._call([sys.executable, "-c", "raise SystemExit(1)"], "Doing something")
    assert ended.value.code == 2
    assert "Doing something failed" in capsys.readouterr().err


def test_lock_is_held_while_inside(root: Path) -> None:
    with environment.locked(), environment.LOCK.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with environment.LOCK.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_variables_that_mislead_are_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("KEPT", "yes")
    variables = environment.clean_environment()
    assert "PYTHONPATH" not in variables
    assert variables["KEPT"] == "yes"
    assert variables["PATH"].startswith(str(environment.VENV / "bin"))


def test_pins_name_one_exact_version_each_and_no_address() -> None:
    lines = Path(__file__).parents[2].joinpath("constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin)] == []
    assert pins == sorted(pins)
