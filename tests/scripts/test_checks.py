"""The steps of `make test`, and what is said at the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import checks
import environment
import page_script
from checks import Result, Step

PYTHON = sys.executable


def _step(program: str, **options: bool) -> Step:
    return Step("a step", [PYTHON, "-c", program], environment={}, **options)  # type: ignore[arg-type]


def test_step_that_ends_well_says_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    result = checks._run_step(_step("print('chatter')"))
    assert result.is_ok
    assert "chatter" not in capfd.readouterr().out


def test_step_that_fails_shows_what_it_printed(capfd: pytest.CaptureFixture[str]) -> None:
    result = checks._run_step(_step("import sys; print('the reason', file=sys.stderr); sys.exit(1)"))
    assert not result.is_ok
    assert "the reason" in capfd.readouterr().out


def test_shown_step_is_shown_as_it_goes(capfd: pytest.CaptureFixture[str]) -> None:
    assert checks._run_step(_step("print('1 passed')", is_shown=True)).is_ok
    assert "1 passed" in capfd.readouterr().out


def test_all_steps_are_run_also_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    steps = [_step("raise SystemExit(1)"), _step("print('the last', flush=True)", is_shown=True)]
    monkeypatch.setattr(checks, "_steps", lambda not_run_file, is_long: steps)
    assert checks.run([], is_long=False) == checks.STATUS_FAILED
    assert "the last" in capfd.readouterr().out


def test_words_go_to_pytest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run_step(step: Step) -> Result:
        ran.append(step.command)
        return Result(step.name, True, 1)

    monkeypatch.setattr(checks, "_run_step", run_step)
    assert checks.run(["tests/wire", "-x"], is_long=False) == 0
    assert len(ran) == 1
    assert ran[0][-4:] == ["-m", "pytest", "tests/wire", "-x"]


def test_every_tool_of_the_project_is_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_script, "npm", lambda *words: ["node", "npm", *words])
    commands = [" ".join(step.command) for step in checks._steps(Path("file"), is_long=True)]
    for words in ("ruff check", "ruff format --check", "mypy", "lint-imports", "npm run --silent check", "npm test"):
        assert any(words in command for command in commands), words
    assert any(f"-m pytest {' '.join(checks.PARALLEL_FILES)}" in command for command in commands)
    assert commands[-1].endswith("-m pytest -m long")


def test_types_are_checked_in_every_package() -> None:
    for folder in checks.TYPED:
        assert environment.ROOT.joinpath(folder).is_dir()


@pytest.mark.parametrize(
    ("results", "not_run", "is_allowed", "status", "last"),
    [
        ([Result("a", True, 1)], {}, False, 0, "All is well"),
        ([Result("a", True, 1)], {"chromium": 2}, False, 2, "NOT COMPLETE"),
        ([Result("a", True, 1)], {"chromium": 2}, True, 0, "All is well"),
        ([Result("a", False, 1)], {"chromium": 2}, True, 1, "FAILED"),
        ([Result("a", False, 1)], {}, False, 1, "FAILED"),
    ],
)
def test_summary_ends_with_what_counts(
    results: list[Result],
    not_run: dict[str, int],
    is_allowed: bool,
    status: int,
    last: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert checks._summarise(results, not_run, is_allowed=is_allowed) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)


def test_summary_names_the_command_for_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    checks._summarise([Result("a", True, 1)], {"redis-server": 1}, is_allowed=False)
    line = next(line for line in capsys.readouterr().out.splitlines() if "NOT RUN" in line)
    assert "1 test without redis-server" in line
    assert "apt-get install -y redis-server" in line


def test_notes_of_the_tests_are_read(tmp_path: Path) -> None:
    file = tmp_path / "not-run.json"
    assert checks._read_not_run(file) == {}
    file.write_text(json.dumps({"chromium": 3}), encoding="utf-8")
    assert checks._read_not_run(file) == {"chromium": 3}
