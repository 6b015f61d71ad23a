from __future__ import annotations

import structlog
from starlette.requests import Request

from tertulia_server.errors import Refusal, TertuliaError
from tertulia_server.web.failures import FailureLog
from tertulia_wire.codes import Code
from tests.server.web.site import Browser


def caused(code: Code) -> TertuliaError:
    error = TertuliaError(code)
    error.__cause__ = OSError("disk I/O error")
    return error


def request() -> Request:
    return Request({"type": "http", "method": "GET", "path": "/api/me", "headers": [], "server": ("forum.test", 80)})


def test_cause_of_a_store_that_is_away_is_told_once_in_a_while() -> None:
    now_s = 0.0
    failures = FailureLog(lambda: now_s)
    with structlog.testing.capture_logs() as lines:
        for now_s in (0.0, 2.0, 9.9, 10.0, 15.0):  # noqa: B007 - read by the clock
            failures.tell(request(), caused(Code.STORE_UNAVAILABLE))
    assert [(line["code"], line["path"], line["untold"]) for line in lines] == [
        ("STORE_UNAVAILABLE", "/api/me", 0),
        ("STORE_UNAVAILABLE", "/api/me", 2),
    ]
    assert all("disk I/O error" in line["cause"] for line in lines)


def test_mistakes_are_always_told_and_refusals_never() -> None:
    failures = FailureLog(lambda: 0.0)
    with structlog.testing.capture_logs() as lines:
        failures.tell(request(), ValueError("a mistake"))
        failures.tell(request(), ValueError("a mistake"))
        failures.tell(request(), TertuliaError(Code.INTERNAL, "impossible"))
        failures.tell(request(), Refusal(Code.NOT_FOUND))
        failures.tell(request(), Refusal(Code.OVERLOADED, retry_after_ms=1))
    assert [line["event"] for line in lines] == ["request_crashed", "request_crashed", "request_failed"]


async def test_crash_is_logged_and_not_shown(guest: Browser) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await guest.get("/api/crash")
    assert (answer.status_code, "the secret inside" in answer.text) == (500, False)
    [line] = lines
    assert (line["event"], line["path"]) == ("request_crashed", "/api/crash")
    assert "the secret inside" in line["error"]
