from __future__ import annotations

import sqlite3

import pytest
import structlog.testing
from sqlalchemy.exc import OperationalError

from tertulia_server.errors import TertuliaError
from tertulia_server.store.outage import MIN_PAUSE_S, REMIND_S, Outage, reason_of
from tertulia_wire.codes import Code


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def away(cause: Exception | None = None) -> TertuliaError:
    error = TertuliaError(Code.STORE_UNAVAILABLE)
    error.__cause__ = cause
    return error


def full_disk() -> OperationalError:
    return OperationalError("INSERT INTO posts ...", {}, sqlite3.OperationalError("database or disk is full"))


def test_outage_is_told_as_it_begins_each_minute_and_as_it_ends() -> None:
    clock = Clock()
    outage = Outage("read", clock)
    with structlog.testing.capture_logs() as lines:
        outage.end()
        for _ in range(3):
            for _ in range(100):
                outage.begin(away(ConnectionRefusedError(111, "Connection refused")))
            clock.now_s += REMIND_S
        outage.end()
        outage.end()
    assert [(line["event"], line["failures"]) for line in lines] == [
        ("store_away", 1),
        ("store_away", 101),
        ("store_away", 201),
        ("store_back", 300),
    ]
    assert "Connection refused" in lines[0]["reason"]


def test_failures_between_successes_do_not_fill_the_log() -> None:
    clock = Clock()
    outage = Outage("write", clock)
    with structlog.testing.capture_logs() as lines:
        for _ in range(100):
            outage.begin(away(full_disk()))
            outage.end()
        clock.now_s += MIN_PAUSE_S
        outage.begin(away(full_disk()))
    assert [line["event"] for line in lines] == ["store_away", "store_back", "store_away"]


def test_reason_and_age_last_until_something_succeeds() -> None:
    clock = Clock()
    outage = Outage("write", clock)
    outage.begin(away(full_disk()))
    clock.now_s += 7
    assert (outage.reason, outage.age_s) == ("database or disk is full", 7)
    outage.end()
    assert outage.reason == ""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (away(full_disk()), "database or disk is full"),
        (away(TimeoutError()), "no answer in time"),
        (away(OSError("two\n  lines")), "two lines"),
        (away(ConnectionResetError()), "ConnectionResetError"),
        (away(), Code.STORE_UNAVAILABLE.sentence),
    ],
)
def test_reason_is_one_line_without_the_statement(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
