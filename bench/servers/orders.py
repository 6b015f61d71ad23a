"""The interface of an adapter, for those in Python."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

SendAll = Callable[[bytes, int], Awaitable[None]]
"""Payload, and how often each socket gets it."""


async def serve_orders(send_all: SendAll) -> None:
    """Until the end of input."""
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        rounds, frames, payload_bytes, gap_us = map(int, line.split())
        loop, payload = asyncio.get_running_loop(), b"a" * payload_bytes
        due_s = loop.time()
        for _ in range(rounds):
            await send_all(payload, frames)
            due_s += gap_us / 1e6
            await asyncio.sleep(max(0.0, due_s - loop.time()))
        print("done", flush=True)
