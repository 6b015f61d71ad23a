"""The event loop of the load kit: uvloop where it is installed, which it is beside a server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_quick(main: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run`, on the quickest loop that is here."""
    try:
        import uvloop
    except ImportError:  # it comes with the extra `server`
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
