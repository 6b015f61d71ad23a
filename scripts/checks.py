"""`make test`: every check and every test, one after the other, and a summary of what was and was not run."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import environment
import page_script
import programs

ALLOW_MISSING: Final = "ALLOW_MISSING"
NOT_RUN_FILE: Final = "TERTULIA_NOT_RUN_FILE"
"""Names the file in which the tests note what they lacked: a JSON object, program to the number of tests."""

GROWN: Final = "TERTULIA_TEST_GROWN"
"""Set, the tests of pages run on two workers with PostgreSQL and Redis in place of one process on SQLite."""

STATUS_FAILED: Final = 1
STATUS_NOT_RUN: Final = 2

PARALLEL_FILES: Final = ("-n", str(max(2, min(8, (os.cpu_count() or 1) + 1))), "--dist", "loadfile")
"""Tests wait for servers more than they compute, so there is work for one more than there are cores; the tests of a
file stay together, and with them what they share."""

TYPED: Final = (
    "wire/tertulia_wire",
    "server/tertulia_server",
    "client/tertulia_client",
    "scripts",
    "examples",
    "tests",
)


@dataclass(frozen=True)
class Step:
    """One check; ``is_shown`` for those whose own output is worth reading when all is well."""

    name: str
    command: list[str]
    folder: Path = environment.ROOT
    environment: dict[str, str] | None = None
    is_shown: bool = False


@dataclass(frozen=True)
class Result:
    name: str
    is_ok: bool
    seconds: float


def run(arguments: list[str], *, is_long: bool) -> int:
    """Run all steps, also after one that failed; with ``arguments`` only pytest, which gets them.

    Exit status 1 when something failed, 2 when tests were not run for want of a program (unless ALLOW_MISSING is set).
    """
    with tempfile.TemporaryDirectory() as folder:
        not_run_file = Path(folder, "not-run.json")
        steps = [_pytest("tests", arguments, not_run_file)] if arguments else _steps(not_run_file, is_long=is_long)
        results = [_run_step(step) for step in steps]
        not_run = _read_not_run(not_run_file)
    return _summarise(results, not_run, is_allowed=bool(os.environ.get(ALLOW_MISSING)))


def _steps(not_run_file: Path, *, is_long: bool) -> list[Step]:
    python = str(environment.PYTHON)
    steps = [
        Step("style: ruff check", [python, "-m", "ruff", "check", "--quiet", "."]),
        Step("layout: ruff format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Step("types: mypy", [python, "-m", "mypy", *TYPED]),
        Step("floors: import-linter", [str(environment.VENV / "bin" / "lint-imports")]),
        _npm_step("page: types", "run", "--silent", "check"),
        _npm_step("page: tests", "test"),
        _pytest("tests", [*PARALLEL_FILES], not_run_file),
    ]
    if is_long:
        steps.append(_pytest("pages, two workers", ["tests/browser"], not_run_file, {GROWN: "1"}))
        steps.append(_pytest("long tests", ["-m", "long"], not_run_file))
    return steps


def _npm_step(name: str, *arguments: str) -> Step:
    return Step(name, page_script.npm(*arguments), page_script.SOURCES, page_script.npm_environment())


def _pytest(name: str, arguments: list[str], not_run_file: Path, more: Mapping[str, str] | None = None) -> Step:
    variables = environment.clean_environment() | {NOT_RUN_FILE: str(not_run_file)} | dict(more or {})
    return Step(name, [str(environment.PYTHON), "-m", "pytest", *arguments], environment=variables, is_shown=True)


def _run_step(step: Step) -> Result:
    """Run a step; what it prints is shown as it comes, or only when it failed."""
    print(f"--- {step.name}", flush=True)
    started = time.monotonic()
    answer = subprocess.run(
        step.command,
        cwd=step.folder,
        env=step.environment or environment.clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=None if step.is_shown else subprocess.PIPE,
        stderr=None if step.is_shown else subprocess.STDOUT,
        check=False,
    )
    if answer.returncode != 0 and answer.stdout:
        print(answer.stdout.decode(errors="replace"), flush=True)
    return Result(step.name, answer.returncode == 0, time.monotonic() - started)


def _read_not_run(file: Path) -> dict[str, int]:
    if not file.is_file():
        return {}
    noted: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
    return noted


def _summarise(results: list[Result], not_run: dict[str, int], *, is_allowed: bool) -> int:
    """Print a line for each step and each missing program; return the exit status."""
    print("\nSummary")
    for result in results:
        print(f"  {'ok' if result.is_ok else 'FAILED':8} {result.name:22} {result.seconds:6.1f} s")
    for name, count in sorted(not_run.items()):
        tests = "1 test" if count == 1 else f"{count} tests"
        print(f"  NOT RUN  {tests} without {name}; install it: {programs.PROGRAMS[name].install_command}")
    failed = [result.name for result in results if not result.is_ok]
    seconds = sum(result.seconds for result in results)
    if failed:
        print(f"FAILED after {seconds:.0f} s: {', '.join(failed)}")
        return STATUS_FAILED
    if not_run and not is_allowed:
        print(f"NOT COMPLETE after {seconds:.0f} s: what ran is ok, but see NOT RUN above.")
        return STATUS_NOT_RUN
    print(f"All is well, after {seconds:.0f} s.")
    return 0
