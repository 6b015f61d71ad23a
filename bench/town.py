"""Databases for the benches: threads, and members with tokens of their own, made through the actions of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from websockets.frames import Frame, Opcode

from tertulia_server.actions.context import Actions
from tertulia_server.actions.members import create_api_token, create_member
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.forums import create_category, create_forum
from tertulia_wire.codec import Encoding, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Subscribe

AT_ONCE: Final = 500
GREETING: Final = 2
"""Frames that a follower gets before any event: hello, and the answer to its subscription."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Crowd:
    """``tokens`` belong to the members of ``member_ids``, in their order."""

    database: str
    thread_ids: Sequence[int]
    member_ids: Sequence[int]
    tokens: Sequence[str]


async def found_crowd(folder: Path, threads: int, members: int) -> Crowd:
    database = f"sqlite:///{folder / 'forum.db'}"
    async with offline_actions(database) as actions:
        forum_id = await actions.store.write(create_forum, await actions.store.write(create_category, "C"), "F")
        member_ids = await _make(members, lambda number: create_member(actions, f"member {number}"))
        tokens = await _make(members, lambda number: create_api_token(actions, member_ids[number], "bench"))
        author = Visitor(member_ids[0], "member 0", Role.MEMBER)
        thread_ids = await _make(threads, lambda number: _thread(actions, author, forum_id, number))
        return Crowd(database, thread_ids, member_ids, tokens)


async def _thread(actions: Actions, author: Visitor, forum_id: int, number: int) -> int:
    outcome = await create_thread(actions, author, forum_id, f"T {number}", "the first post", key=f"thread-{number:08}")
    return outcome.thread["id"]


async def _make(count: int, make: Callable[[int], Awaitable[Made]]) -> list[Made]:
    made: list[Made] = []
    for first in range(0, count, AT_ONCE):
        made += await asyncio.gather(*(make(number) for number in range(first, min(first + AT_ONCE, count))))
    return made


def subscribe_hex(thread_id: int, after: Cursor | None = None) -> str:
    """The frame with which the receiver follows a thread, from a cursor or from now on."""
    message = encode(Subscribe(1, [(f"thread:{thread_id}", after)]), Encoding.MSGPACK)
    return Frame(Opcode.BINARY, message).serialize(mask=True).hex()


def lines_file(path: Path, lines: Sequence[str]) -> str:
    """The word by which the receiver takes one of these lines for each socket."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return f"@{path}"
