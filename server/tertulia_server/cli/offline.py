"""What commands beside a server work with: the store and the actions, and no broker.

A server that runs meanwhile learns of their events by its sweep.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tertulia_server.actions.context import Actions
from tertulia_server.broker.port import Publication
from tertulia_server.clock import now_ms
from tertulia_server.store.opening import is_postgresql, open_store, path_of


@asynccontextmanager
async def offline_actions(database: str, *, create: bool = True) -> AsyncIterator[Actions]:
    """Actions on this database. `StartError` if it cannot be opened.

    A file that is made is named on stderr: who meant another one learns why nothing is in it.
    """
    missing = None if is_postgresql(database) else path_of(database)
    if missing is not None and missing.exists():
        missing = None
    store = await open_store(database, create=create)
    if missing is not None:
        print(f"tertulia: made a new database, {missing}", file=sys.stderr, flush=True)
    try:
        yield Actions(store=store, publish=_publish_nothing, now_ms=now_ms)
    finally:
        await store.close()


def _publish_nothing(publications: Sequence[Publication]) -> None:
    """The log has them."""
