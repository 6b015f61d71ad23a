"""Programs of the system that some tests need. Without one its tests are not run, which the end of the run says aloud.

A run by `make test` fails then; which programs there are, and how to install them, stands in scripts/programs.py.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from checks import NOT_RUN_FILE
from programs import PROGRAMS, Program

_PREFIX: Final = "NOT RUN without "


def need(program: Program) -> str:
    """The path of the program; without it the test that asks ends here, and is counted as not run."""
    path = program.find()
    if path is None:
        pytest.skip(f"{_PREFIX}{program.name}")
    return path


class NotRunReport:
    """A plugin that counts the tests which lacked a program, and names what would install it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.skipped or not isinstance(report.longrepr, tuple):
            return
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason.startswith(_PREFIX):
            self.counts[reason.removeprefix(_PREFIX)] += 1

    def pytest_sessionfinish(self) -> None:
        """Note the counts for who started us; a second run of pytest adds to the first one's."""
        file = Path(os.environ.get(NOT_RUN_FILE, os.devnull))
        if self.counts and NOT_RUN_FILE in os.environ:
            before: dict[str, int] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            file.write_text(json.dumps(self.counts + Counter(before)), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.counts:
            return
        terminalreporter.section("NOT RUN", sep="=", red=True)
        for name, count in sorted(self.counts.items()):
            terminalreporter.line(f"{count} without {name}; install it: {PROGRAMS[name].install_command}")
