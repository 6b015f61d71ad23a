"""Finding a Python that will do, with pretended machines: folders of small programs as the PATH."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import interpreter

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A PATH of one folder, and a function that puts a shell script into it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return put


@pytest.fixture
def is_root(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda answer: monkeypatch.setattr(os, "geteuid", lambda: 0 if answer else 1000)


def test_probe_of_this_python_is_its_version() -> None:
    assert interpreter.probe(sys.executable) == (*sys.version_info[:2], True)


def test_probe_of_a_program_that_is_no_python_is_nothing(program: Program) -> None:
    assert interpreter.probe(str(program("python3.12", "exit 1"))) == (0, 0, False)
    assert interpreter.probe("/nowhere/python3") == (0, 0, False)


def test_newest_python_on_the_path_is_found(program: Program) -> None:
    program("python3.11", "echo 3 11 True True")
    newest = program("python3.13", "echo 3 13 True True")
    program("python3.14", "exit 1")
    assert interpreter.find_newer() == str(newest)


def test_missing_venv_is_installed_by_root(
    program: Program, is_root: Callable[[bool], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_root(True)
    said = tmp_path / "said"
    program("apt-get", f'echo "$@" >> {said}')
    answers = iter([False, True])
    monkeypatch.setattr(interpreter, "_can_make_environments", lambda python: next(answers))
    interpreter.ensure([])
    assert f"python3.{sys.version_info[1]}-venv" in said.read_text(encoding="utf-8")


def test_missing_venv_without_rights_prints_the_exact_command(
    program: Program,
    is_root: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    is_root(False)
    program("apt-get", "exit 1")
    monkeypatch.setattr(interpreter, "_can_make_environments", lambda python: False)
    with pytest.raises(SystemExit) as ended:
        interpreter.ensure([])
    assert ended.value.code == 2
    assert f"sudo apt-get install -y python3.{sys.version_info[1]}-venv" in capsys.readouterr().err


def test_failed_installation_ends_with_the_command_to_repeat(
    program: Program, is_root: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    is_root(True)
    program("apt-get", "exit 100")
    with pytest.raises(SystemExit):
        interpreter.apt_install("Something is missing.", "thing")
    assert "apt-get install -y thing" in capsys.readouterr().err


def test_old_python_starts_over_with_a_newer_one(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = program("python3.12", "echo 3 12 True True")
    started = _record_restart(monkeypatch)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(RestartedError):
        interpreter.ensure(["run"])
    assert started == [[str(newer), str(Path(interpreter.__file__).with_name("dev.py")), "run"]]


def test_old_python_without_a_newer_one_says_so(
    program: Program,
    is_root: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    is_root(True)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        interpreter.ensure(["run"])
    assert ended.value.code == 2
    assert "PYTHON=" in capsys.readouterr().err


def test_old_python_without_rights_prints_what_the_system_has(
    program: Program,
    is_root: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    is_root(False)
    program("apt-cache", '[ "$3" = python3.12 ]')
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit):
        interpreter.ensure(["run"])
    assert "apt-get install -y python3.12 python3.12-venv" in capsys.readouterr().err


def test_python_variable_names_the_one_to_use(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = program("my python", "echo 3 12 True True")
    monkeypatch.setenv("PYTHON", str(wanted))
    started = _record_restart(monkeypatch)
    with pytest.raises(RestartedError):
        interpreter.ensure(["test"])
    assert started[0][0] == str(wanted)


def test_python_variable_that_is_no_program_is_refused(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHON", "python9")
    with pytest.raises(SystemExit):
        interpreter.ensure([])
    assert "PYTHON=python9" in capsys.readouterr().err


def test_python_variable_that_is_too_old_is_refused_not_replaced(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program("python3.12", "echo 3 12 True True")
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit):
        interpreter.ensure([])
    assert "needs 3.11 or newer" in capsys.readouterr().err


def test_restart_that_leads_to_an_old_python_again_ends(monkeypatch: pytest.MonkeyPatch, program: Program) -> None:
    program("python3.12", "echo 3 12 True True")
    monkeypatch.setenv(interpreter.GUARD, "python3.12")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        interpreter.ensure([])
    assert ended.value.code == 2


class RestartedError(Exception):
    """Stands for the process that would have been replaced."""


def _record_restart(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    started: list[list[str]] = []

    def execv(_path: str, words: list[str]) -> None:
        started.append(words)
        raise RestartedError

    monkeypatch.delenv(interpreter.GUARD, raising=False)
    monkeypatch.setattr(os, "execv", execv)
    return started


@pytest.fixture(autouse=True)
def no_choice_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setenv(interpreter.GUARD, "")
    monkeypatch.delenv(interpreter.GUARD)
