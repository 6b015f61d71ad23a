"""A test that waits for what never comes fails after a while, and the rest of the run goes on."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import pytest

LIMIT_S: Final = 180.0
"""Far above the slowest test on a busy machine: it ends what hangs, and measures nothing."""

LONG_LIMIT_S: Final = 1200.0


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Fail whatever runs inside after ``seconds``; for the main thread, and not nested."""

    def fail(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"this took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class TimeLimits:
    """A plugin: each phase of a test has the limit for itself."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        with time_limit(_limit_s(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        with time_limit(_limit_s(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        with time_limit(_limit_s(item)):
            return (yield)


def _limit_s(item: pytest.Item) -> float:
    return LONG_LIMIT_S if item.get_closest_marker("long") else LIMIT_S
