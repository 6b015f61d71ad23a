"""Writing what happens in channels into a file, for as long as it is wanted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from tertulia_client import notices as n
from tertulia_client.connection import Follower
from tertulia_client.errors import ClientError
from tertulia_client.load.traffic.lines import MAX_FILE_BYTES, MAX_LINES, Header, render_header, render_line
from tertulia_client.load.traffic.recording import Recorder
from tertulia_client.subscription import Since

USUAL_EVENTS: Final = 100_000

Say = Callable[[str], None]


@dataclass(slots=True)
class Taken:
    """What the file has so far, and why there is no more."""

    events: int = 0
    size_bytes: int = 0
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """``is_past``: only what is in the log already. ``duration_s`` None: until somebody interrupts it."""

    events: int = USUAL_EVENTS
    duration_s: float | None = None
    is_past: bool = False


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """`ClientError` when it is there already, or cannot be made: a recording is not written over."""
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError:
        raise ClientError(f"{path} is there already; name another file with --into.") from None
    except OSError as error:
        raise ClientError(f"{path} cannot be written: {error.strerror}.") from error
    with file:
        yield file


async def take(
    follower: Follower,
    begins: Mapping[str, Since],
    recorder: Recorder,
    file: TextIO,
    bounds: Bounds,
    *,
    header: Header,
    say: Say,
    taken: Taken,
    clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> None:
    """Until the bounds are met or it is cancelled; each line is in the file as soon as its event has come.

    `FollowRefused` when no channel can be followed (any longer) and nothing was recorded.
    """
    _write(file, taken, render_header(header))
    for channel, since in begins.items():
        follower.follow(channel, since)
    try:
        async with asyncio.timeout(bounds.duration_s), follower:
            async for event, now_ms in _events(follower, set(begins), bounds, say, clock_ms):
                _write(file, taken, render_line(recorder.take(event, now_ms)))
                taken.events += 1
                taken.ended = _why_full(taken, bounds)
                if taken.ended:
                    return
    except TimeoutError:
        taken.ended = "the time is over"


def _write(file: TextIO, taken: Taken, row: str) -> None:
    file.write(row)
    file.flush()
    taken.size_bytes += len(row.encode())


def _why_full(taken: Taken, bounds: Bounds) -> str:
    if taken.events >= min(bounds.events, MAX_LINES):
        return f"{taken.events:,} events are enough"
    return "the file is as large as it may be" if taken.size_bytes >= MAX_FILE_BYTES - 2**20 else ""


async def _events(
    follower: Follower, followed: set[str], bounds: Bounds, say: Say, clock_ms: Callable[[], int]
) -> AsyncIterator[tuple[n.EventReceived, int | None]]:
    """With the time of arrival for those that came live."""
    live: set[str] = set()
    async for notice in follower:
        match notice:
            case n.EventReceived(channel):
                yield notice, clock_ms() if channel in live else None
            case n.ChannelLive(channel):
                live.add(channel)
                say(f"{channel} is recorded live from now on" if not bounds.is_past else f"{channel} has been read")
                if bounds.is_past and live >= followed:
                    return
            case n.Disconnected(reason, retry_s):
                live.clear()
                say(f"{reason}; next try in {retry_s:.1f} s")
            case n.ChannelReset(channel, _, reason):
                say(f"{channel} was reset ({reason}): what came before is not all of it")
            case n.ChannelEnded() as ended:
                followed.discard(ended.channel)
                if not followed:
                    raise ended.as_error()
                say(str(ended.as_error()))
            case _:
                pass
