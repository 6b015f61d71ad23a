from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest

from tertulia_client.bots.watchdog import Watchdog


async def test_loop_that_stands_still_is_complained_of_while_it_does() -> None:
    complaints: list[tuple[str, str]] = []
    was_told = threading.Event()

    def complain(culprit: str, stack: str) -> None:
        complaints.append((culprit, stack))
        was_told.set()

    def block_on_purpose() -> None:
        assert was_told.wait(30), "nobody noticed"

    async with Watchdog(lambda frame: "the handler", blocked_s=0.2, on_blocked=complain) as watchdog:
        block_on_purpose()
        await asyncio.sleep(0)
    [(culprit, stack)] = complaints
    assert culprit == "the handler"
    assert "block_on_purpose" in stack
    assert watchdog.blocked_count == 1


async def test_complaint_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with Watchdog(lambda frame: "the handler", blocked_s=0.1) as watchdog:
            while watchdog.blocked_count == 0:
                time.sleep(0.01)  # noqa: ASYNC251 - this is what is complained of
            while not caplog.text:  # noqa: ASYNC110 - it has no event for it
                await asyncio.sleep(0.01)
    assert "the handler blocks the loop" in caplog.text
