"""Tests that lack a program are counted and named, never passed over in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks import NOT_RUN_FILE
from programs import REDIS, Program
from tests.needs import NotRunReport, need


def _report(reason: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="test",
        location=("file", 1, "test"),
        keywords={},
        outcome="skipped",
        when="setup",
        longrepr=("file", 1, f"Skipped: {reason}"),
    )


def _skip_reason(program: Program) -> str:
    with pytest.raises(pytest.skip.Exception) as skipped:
        need(program)
    return str(skipped.value)


@pytest.fixture
def absent() -> Program:
    return Program(REDIS.name, ("no-program-has-this-name",), "nothing")


def test_program_that_is_there_is_given_by_its_path() -> None:
    path = need(Program("shell", ("no-program-has-this-name", "sh"), "dash"))
    assert Path(path).name == "sh"


def test_test_without_its_program_is_counted(absent: Program) -> None:
    report = NotRunReport()
    report.pytest_runtest_logreport(_report(_skip_reason(absent)))
    report.pytest_runtest_logreport(_report(_skip_reason(absent)))
    assert report.counts == {REDIS.name: 2}


def test_test_that_was_skipped_for_another_reason_is_not_counted() -> None:
    report = NotRunReport()
    report.pytest_runtest_logreport(_report("only on Linux"))
    assert report.counts == {}


def test_counts_of_two_runs_are_added_in_the_file(
    absent: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "not-run.json"
    monkeypatch.setenv(NOT_RUN_FILE, str(file))
    for _ in range(2):
        report = NotRunReport()
        report.pytest_runtest_logreport(_report(_skip_reason(absent)))
        report.pytest_sessionfinish()
    assert json.loads(file.read_text()) == {REDIS.name: 2}


def test_complete_run_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "not-run.json"
    monkeypatch.setenv(NOT_RUN_FILE, str(file))
    NotRunReport().pytest_sessionfinish()
    assert not file.exists()
