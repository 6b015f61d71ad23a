"""`tertulia replay`: an imported thread happens again, in a new thread, while people look on."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import PostOutcome
from tertulia_server.actions.retelling import Tale, read_tale, retell_post
from tertulia_server.cli.offline import offline_actions
from tertulia_server.cli.options import Database
from tertulia_server.errors import Refusal
from tertulia_server.forum.rhythm import pauses_s
from tertulia_server.forum.titles import thread_path
from tertulia_server.settings import read_settings
from tertulia_wire.channels import ChannelKind, parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_TITLE_CHARS

MAX_POSTS: Final = 10_000
MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 100_000.0
AGAIN: Final = ", once more"

Wait = Callable[[float], Awaitable[bool]]
"""Waits so many seconds; False when it is time to stop."""


def replay(
    thread: Annotated[str, typer.Argument(help="Number of an imported thread: 17 or thread:17.")],
    speed: Annotated[float, typer.Option(min=MIN_SPEED, max=MAX_SPEED, help="A minute of it takes 60/SPEED s.")] = 60.0,
    posts: Annotated[int, typer.Option(min=1, max=MAX_POSTS, help="Only the first so many posts.")] = MAX_POSTS,
    title: Annotated[str, typer.Option(help="Of the new thread; without it the old one's, and that it is again.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed gives the same pauses.")] = 1,
    database: Database = None,
) -> None:
    """Write an imported thread once more, as if it were live: for demos.

    A new thread in the same forum, by the members of the archive, whose counts grow; post for post, on every open page.
    Archives keep no times: pauses are as long as people take to read, think and write, divided by --speed. Whoever has
    the database may do it. Ctrl-C ends it; what was written stays.
    """
    said = asyncio.run(
        _replay(read_settings(database=database).database, _thread_id(thread), speed, posts, title, seed)
    )
    print(said)


async def _replay(database: str, thread_id: int, speed: float, most: int, title: str, seed: int) -> str:
    stopping = _stopped_by_signal()

    async def wait(pause_s: float) -> bool:
        try:
            async with asyncio.timeout(pause_s):
                await stopping.wait()
        except TimeoutError:
            pass
        return not stopping.is_set()

    async with offline_actions(database, create=False) as actions:
        tale = await read_tale(actions, thread_id, most=most)
        pauses = [
            pause_s / speed for pause_s in pauses_s([len(p["text"] or "") for p in tale.posts], random.Random(seed))
        ]
        _say(f"{len(tale.posts)} posts of {tale.thread['title']!r} are written again at speed {speed:g}:")
        _say(f"it takes about {_time_words(sum(pauses))}, Ctrl-C ends it, and what was written stays")
        return await retell(actions, tale, pauses, title or again(tale.thread["title"]), wait)


async def retell(actions: Actions, tale: Tale, pauses: list[float], title: str, wait: Wait) -> str:
    """Post after post, each after its pause; a sentence about how it ended."""
    run, written = secrets.token_hex(6), 0
    outcome: PostOutcome | None = None
    for post, pause_s in zip(tale.posts, pauses, strict=True):
        if not await wait(pause_s):
            break
        thread_id = None if outcome is None else outcome.thread["id"]
        outcome = await retell_post(actions, tale, post, thread_id, title=title, key=f"again-{run}-{post['number']}")
        if written == 0:
            _say(f"to be seen at {thread_path(outcome.thread['id'], outcome.thread['slug'])}")
        written += 1
    if outcome is None:
        return "Stopped before the first post."
    path = thread_path(outcome.thread["id"], outcome.thread["slug"])
    ending = "" if written == len(tale.posts) else f" of {len(tale.posts)}; it was stopped"
    return f"{written} posts{ending}: {path}"


def again(title: str) -> str:
    """The title of what happens a second time, within the limit of a title."""
    return title[: MAX_TITLE_CHARS - len(AGAIN)] + AGAIN


def _thread_id(thread: str) -> int:
    try:
        channel = parse_channel(thread if ":" in thread else f"thread:{thread}")
    except WireError:
        channel = None
    if channel is None or channel.kind is not ChannelKind.THREAD:
        raise Refusal(Code.UNKNOWN_CHANNEL, "Give the number of a thread: 17, or thread:17.")
    return channel.id


def _stopped_by_signal() -> asyncio.Event:
    """The post that is being written is finished first."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _time_words(time_s: float) -> str:
    return f"{time_s:.0f} s" if time_s < 90 else f"{time_s / 60:.0f} minutes"


def _say(sentence: str) -> None:
    print(f"tertulia: {sentence}", file=sys.stderr, flush=True)
