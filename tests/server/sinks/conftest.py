from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tests.server.sinks.loops import LOOPS, ONE_LOOP


def pytest_asyncio_loop_factories(item: Any) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Whatever has a real socket runs on both loops."""
    return LOOPS if item.path.name in {"test_direct.py", "test_uvicorn.py"} else ONE_LOOP
