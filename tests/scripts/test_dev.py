"""The front door of the project's commands."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).parents[2]


def test_help_names_every_command_of_the_makefile(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["help"]) == 0
    text = capsys.readouterr().out
    rules = next(line for line in ROOT.joinpath("Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    for target in rules.removeprefix(".PHONY:").split():
        assert f"make {target} " in text


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main([]) == 0
    assert "make run" in capsys.readouterr().out


def test_unknown_command_is_refused_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["tset"]) == 2
    assert "'tset'" in capsys.readouterr().err


def test_script_runs_without_any_installed_package(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "dev.py"
    program = f"import runpy, sys; sys.argv = ['dev.py', 'help']; runpy.run_path({str(script)!r}, run_name='__main__')"
    bare = [
        sys.executable,
        "-S",
        "-E",
        "-s",
        "-c",
        f"import sys; sys.path.insert(0, {str(script.parent)!r}); {program}",
    ]
    answer = subprocess.run(bare, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "make run" in answer.stdout


@pytest.mark.parametrize("script", ["dev.py", "interpreter.py"])
def test_script_that_must_start_on_an_old_python_has_no_new_syntax(script: str) -> None:
    ast.parse(ROOT.joinpath("scripts", script).read_text(encoding="utf-8"), feature_version=(3, 7))
