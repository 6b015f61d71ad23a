"""The form of log lines."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from tertulia_server.cli.logs import configure_logs
from tertulia_server.errors import StartError


@pytest.fixture(autouse=True)
def logging_as_new() -> Iterator[None]:
    """Loggers of libraries as in a new process, whatever servers ran in this one; afterwards all is as before."""
    loggers = [logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.error", "alembic", "asyncio")]
    before = [(one.handlers, one.level, one.propagate) for one in loggers]
    for one in loggers[1:]:
        one.handlers, one.propagate = [], True
        one.setLevel(logging.NOTSET)
    yield
    for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)
    structlog.reset_defaults()


def test_line_has_time_level_words_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    structlog.get_logger("tests").warning("the broker is away", seconds=3)
    line = capsys.readouterr().err
    assert re.match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[warning\s*\] the broker is away\s+seconds=3\n$", line)


def test_lines_of_libraries_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    logging.getLogger("uvicorn.error").warning("too slow")
    logging.getLogger("uvicorn.error").info("chatter")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert re.match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[warning\s*\] too slow", lines[0])


def test_each_line_of_one_of_several_workers_has_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", worker_number=2)
    structlog.get_logger("tests").info("drained", cut=0)
    logging.getLogger("uvicorn.error").warning("too slow")
    ours, theirs = capsys.readouterr().err.splitlines()
    assert ours.endswith("drained cut=0 worker=2")
    assert theirs.endswith("too slow worker=2")


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("error")
    structlog.get_logger("tests").warning("a")
    structlog.get_logger("tests").error("b")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_unknown_level_is_a_start_error() -> None:
    with pytest.raises(StartError, match="loud"):
        configure_logs("loud")
