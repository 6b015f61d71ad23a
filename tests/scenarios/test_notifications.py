"""Servers are killed while members are told of posts: nobody is told twice, and nobody is left out."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import select

from tertulia_server.cli.offline import offline_actions
from tertulia_server.store.notifying import has_backlog
from tertulia_server.store.port import Connection
from tertulia_server.store.schema import log, notifications
from tests.browser.forum import Forum, people_of
from tests.conftest import StartServer

POSTS = 24
KILL_EVERY = 6
TELL_LIMIT_S = 30


async def test_killed_servers_tell_each_mention_once(tmp_path: Path, start_server: StartServer) -> None:
    people = await people_of(tmp_path)
    first, second = start_server(), start_server()
    thread = await Forum(first, people).thread("Who is told")
    posts = []
    for number in range(POSTS):
        standing, other = (first, second) if number // KILL_EVERY % 2 == 0 else (second, first)
        posts.append((await Forum(standing, people).post(thread, f"@Marisol {number}"))["id"])
        if number % KILL_EVERY == KILL_EVERY - 1:
            standing.kill()
            standing.start()
            assert other.process.poll() is None
    async with offline_actions(f"sqlite:///{tmp_path / 'forum.db'}", create=False) as actions:
        async with asyncio.timeout(TELL_LIMIT_S):
            while await actions.store.read(has_backlog):  # noqa: ASYNC110 - other processes work on it
                await asyncio.sleep(0.1)
        told = await actions.store.read(read_told, people.marisol.id)
        assert [post_id for _, post_id in told] == posts
        assert await actions.store.read(read_events, people.marisol.id) == [told_id for told_id, _ in told]


def read_told(conn: Connection, member_id: int) -> list[tuple[int, int]]:
    mine = select(notifications.c.id, notifications.c.post_id).where(notifications.c.member_id == member_id)
    return [(told_id, post_id) for told_id, post_id in conn.execute(mine.order_by(notifications.c.id))]


def read_events(conn: Connection, member_id: int) -> list[int]:
    """The notifications that the channel tells of, in its order; those that only tell a number are left out."""
    mine = select(log.c.about_id).where(log.c.channel == f"member:{member_id}", log.c.about_id != 0)
    return list(conn.execute(mine.order_by(log.c.seq)).scalars())
