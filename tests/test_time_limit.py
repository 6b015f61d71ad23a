"""What hangs is ended."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from tests.time_limit import LIMIT_S, LONG_LIMIT_S, time_limit


def test_waiting_for_ever_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="longer than"), time_limit(0.05):
        threading.Event().wait()


def test_event_loop_that_waits_for_ever_fails() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(pytest.fail.Exception), time_limit(0.05):
        asyncio.run(wait())


def test_nothing_is_left_after_what_ended_in_time() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_long_tests_have_longer() -> None:
    assert LONG_LIMIT_S > LIMIT_S
