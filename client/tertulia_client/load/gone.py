"""Whether the server is still there: one that has died is not waited for until the end of the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tertulia_client.address import ServerAddress

GONE_S: Final = 15.0
"""Nobody has listened for so long: longer than a restart takes, shorter than anybody wants to look at nothing."""

PROBE_S: Final = 1.0
PROBE_LIMIT_S: Final = 3.0


async def until_gone(
    address: ServerAddress, clock: Callable[[], float], is_doubtful: Callable[[], bool], *, gone_s: float = GONE_S
) -> float:
    """Return when nobody has listened there for ``gone_s``; since when, by the clock (s).

    It knocks only while ``is_doubtful`` says that nothing else shows the server to be there.
    """
    since_s: float | None = None
    while True:
        now_s = clock()
        if not is_doubtful() or await _listens(address):
            since_s = None
        elif since_s is None:
            since_s = now_s
        elif clock() - since_s >= gone_s:
            return since_s
        await asyncio.sleep(PROBE_S)


async def _listens(address: ServerAddress) -> bool:
    try:
        async with asyncio.timeout(PROBE_LIMIT_S):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
