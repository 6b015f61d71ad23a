from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.server.sinks.loops import LOOPS, ONE_LOOP


def pytest_asyncio_loop_factories(item: Any) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Sinks stand on sockets, which the two loops treat each in its own way."""
    return LOOPS if item.path.name == "test_sink.py" else ONE_LOOP
