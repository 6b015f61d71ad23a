"""Two transactions that meet: the second begins while the first has done its work and is not committed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from tertulia_server.store.port import Store
from tertulia_server.store.schema import forums, posts, threads

T = TypeVar("T")

TURNS = 200
"""Questions with which the first one gives the second the time to run into its locks."""


async def meet(store: Store, first: Callable[[Connection], Any], second: Callable[[Connection], T]) -> T:
    """What the second one returns. On an engine with one writer it just waits."""
    has_begun = threading.Event()

    def go_slowly(conn: Connection) -> None:
        first(conn)
        has_begun.set()
        for _ in range(TURNS):
            conn.execute(select(1))

    slow = asyncio.create_task(store.write(go_slowly))
    assert await asyncio.to_thread(has_begun.wait, 10)
    outcome = await store.write(second)
    await slow
    return outcome


def check_counts(conn: Connection) -> None:
    """What the counters of threads and forums say is what is there."""
    for row in conn.execute(select(threads)):
        of_thread = select(posts.c.id).where(posts.c.thread_id == row.id, posts.c.removed_ms.is_(None))
        ids = conn.execute(of_thread.order_by(posts.c.number)).scalars().all()
        assert row.post_count == len(ids)
        assert row.last_post_id == (ids[-1] if ids else None)
    for row in conn.execute(select(forums)):
        of_forum = select(threads).where(threads.c.forum_id == row.id)
        found = conn.execute(of_forum).all()
        assert row.post_count == sum(thread.post_count for thread in found)
        assert row.thread_count == sum(thread.merged_into is None for thread in found)
