"""Followers that come and go, and write down what they see. They share no code with the client library.

A follower asks nothing of the server's good faith: it keeps its own place in each channel, goes on from there at any
worker, and writes what came as it came. Whether that was right is for the checker.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tertulia_wire.channels import ChannelKind, parse_channel
from tertulia_wire.cursors import Cursor
from tests.soak.records import (
    Ended,
    Lost,
    Paused,
    RecordFile,
    Resumed,
    Seen,
    Started,
    Subscribed,
    Unsubscribed,
    WasReset,
    tokens_in,
)
from tests.soak.world import Clock

SILENCE_LIMIT_S: Final = 2.0
"""Without an answer to a ping for so long the connection is taken for dead."""

STAY_S: Final = (2.0, 12.0)
AWAY_S: Final = (0.05, 4.0)
RETRY_S: Final = (0.02, 0.3)
OLD_START_EVENTS: Final = 400


class BrokenError(Exception):
    """This connection is of no use any more."""


class Follower(ABC):
    """One reader of some channels, through all its lives. Subclasses follow over one transport each."""

    transport: str

    def __init__(
        self, name: str, folder: Path, doors: Sequence[str], cursors: Mapping[str, Cursor | None], clock: Clock,
        dice: random.Random,
    ) -> None:  # fmt: skip
        self.name = name
        self.doors = list(doors)
        self.channels = sorted(cursors)
        self.cursors: dict[str, Cursor] = {name: cursor for name, cursor in cursors.items() if cursor is not None}
        self.clock = clock
        self.dice = dice
        self.sent_after_ms = 0
        self.old_start_share = 0.0
        self.life_count = 0
        self.event_count = 0
        self._folder = folder
        self._file: RecordFile | None = None
        self._is_staying = False
        self._leaves_at_ms: int | None = None
        self._can_read = asyncio.Event()
        self._can_read.set()
        self._moved = asyncio.Event()

    @property
    def threads(self) -> list[int]:
        """The threads among its channels, by id."""
        return [parsed.id for name in self.channels if (parsed := parse_channel(name)).kind is ChannelKind.THREAD]

    # What a transport does

    @abstractmethod
    async def follow(self, door: str) -> None:
        """One connection, until it ends (returns or raises `OSError`, `BrokenError`) or is cancelled."""

    async def wait_readable(self) -> None:
        """Held up while the follower does not read; to be called before each read."""
        await self._can_read.wait()

    # What is done to it

    async def run(self) -> None:
        """Come and go until cancelled."""
        self._begin_life()
        try:
            while True:
                is_wanted = await self._stay()
                await asyncio.sleep(self.dice.uniform(*(AWAY_S if is_wanted and not self._is_staying else RETRY_S)))
                if is_wanted and not self._is_staying and self.dice.random() < self.old_start_share:
                    self._begin_again()
        finally:
            self._end(is_present=self._is_staying)

    async def pause(self, seconds: float) -> None:
        """Stop reading for a while, as a laptop does that was shut."""
        self._can_read.clear()
        self._write(Paused(self.clock()))
        try:
            await asyncio.sleep(seconds)
        finally:
            self._write(Resumed(self.clock()))
            self._can_read.set()

    def stay(self) -> None:
        """From now on it stays to the end, and comes back if it is away."""
        self._is_staying = True

    async def wait_for(self, heads: Mapping[str, int]) -> None:
        """Until it has seen everything up to these heads."""
        while not all(
            channel in self.cursors and self.cursors[channel].seq >= heads[channel] for channel in self.channels
        ):
            self._moved.clear()
            await self._moved.wait()

    # What it writes down

    def take_subscribed(self, channel: str, cursor: Cursor, head: int) -> None:
        self.cursors.setdefault(channel, cursor)
        self._write(Subscribed(self.clock(), channel, str(cursor), head, self.transport))
        self._moved.set()

    def take_event(self, channel: str, seq: int, name: str, data: Mapping[str, Any], frame: bytes | str) -> None:
        post = data.get("post", {})
        about = (post.get("id", 0), post.get("version", 0), post.get("number", 0), post.get("is_removed", False))
        self._write(Seen(self.clock(), self.sent_after_ms, channel, seq, name, *about, tokens_in(frame)))
        cursor = self.cursors.get(channel)
        if cursor is not None and seq > cursor.seq:
            self.cursors[channel] = Cursor(cursor.epoch, seq)
        self.event_count += 1
        self._moved.set()

    def take_reset(self, channel: str, cursor: Cursor, reason: str) -> None:
        self.cursors[channel] = cursor
        self._write(WasReset(self.clock(), channel, str(cursor), reason))
        self._moved.set()

    def take_unsubscribed(self, channel: str, reason: str) -> None:
        self._write(Unsubscribed(self.clock(), channel, reason))

    async def _stay(self) -> bool:
        """One connection of a stay that may see many; True if the follower left of its own will."""
        if self._leaves_at_ms is None:
            self._leaves_at_ms = self.clock() + round(1000 * self.dice.uniform(*STAY_S))
        patience = asyncio.timeout(None if self._is_staying else (self._leaves_at_ms - self.clock()) / 1000)
        try:
            async with patience:
                await self.follow(self.dice.choice(self.doors))
        except TimeoutError:
            is_wanted = patience.expired()
            self._leaves_at_ms = None if is_wanted else self._leaves_at_ms
            self._write(Lost(self.clock(), "left" if is_wanted else "timeout", is_wanted))
            return is_wanted
        except (OSError, BrokenError) as error:
            self._write(Lost(self.clock(), repr(error), is_wanted=False))
        else:
            self._write(Lost(self.clock(), "ended", is_wanted=False))
        return False

    def _begin_life(self) -> None:
        self.life_count += 1
        self._file = RecordFile(self._folder / f"{self.name}-{self.life_count}.jsonl")
        cursors = {channel: str(self.cursors.get(channel, "")) for channel in self.channels}
        self._write(Started(self.clock(), cursors))

    def _begin_again(self) -> None:
        self._end(is_present=False)
        for channel, cursor in self.cursors.items():
            self.cursors[channel] = Cursor(cursor.epoch, max(0, cursor.seq - self.dice.randint(0, OLD_START_EVENTS)))
        self._begin_life()

    def _end(self, *, is_present: bool) -> None:
        self._write(Ended(self.clock(), is_present))
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: Any) -> None:
        if self._file is not None:
            self._file.write(record)
