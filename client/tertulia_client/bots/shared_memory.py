"""What a copy of a bot that shares its work remembers: how far each of its parts has come in each channel.

Every copy hears every event, and each of its parts passes over those of threads that are not in it.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict

from tertulia_client.bots.memory import Job
from tertulia_client.bots.progress import Progress
from tertulia_client.bots.shares import Share
from tertulia_client.bots.state import MAX_HANDLED_ROWS, Subject
from tertulia_client.events import Event, Reset
from tertulia_client.subscription import Since, Start
from tertulia_wire.cursors import Cursor


def part_of(lane: str, count: int) -> int:
    """The part of a lane: that of a thread by its id; another lane has one as well."""
    kind, _, number = lane.partition(":")
    if kind == "thread" and number.isdecimal():
        return int(number) % count
    return zlib.crc32(lane.encode()) % count


class SharedMemory:
    """For the parts that are held when it is made: when they change, another is made."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._fences = {part: one.fence for part, one in share.active.items()}
        self._kept = {part: dict(one.places) for part, one in share.active.items()}
        self._progress: dict[tuple[int, str], Progress] = {}
        self._seen: OrderedDict[Subject, str] = OrderedDict()
        self._changed: set[str] = set()
        self._held: set[str] = set()
        """Channels whose reset is not handled yet: their old places stay until then."""

    def cursor(self, channel: str) -> Cursor | None:
        """Where to go on so that no part misses anything; None if one of them has never been in the channel."""
        places = self._places(channel)
        return min(places, key=lambda at: at.seq) if places and len(places) == len(self._kept) else None

    def beginning(self, channel: str, since: Since) -> Since:
        """The same, or where to begin: not behind where another part is to go on from."""
        cursor = self.cursor(channel)
        places = self._places(channel)
        if cursor is not None:
            return cursor
        return since if since is Start.BEGINNING or not places else min(places, key=lambda at: at.seq)

    def begin(self, event: Event) -> Job | None:
        """What is to be done for an event; None for one of another's part, or that was handled before."""
        part = part_of(event.lane, self._share.count)
        before = Cursor(event.cursor.epoch, event.seq - 1)
        job: Job | None = None
        for one in self._kept:
            progress = self._progress_of(one, event.channel, before)
            if not progress.begin(event.seq):
                continue
            if one == part:
                job = Job(event, progress)
            else:
                progress.end(event.seq)
        self._changed.add(event.channel)
        if job is None:
            return None
        job.about = event.about
        if self._came_before(event):
            self.end(job)
            return None
        return job

    def end(self, job: Job) -> None:
        """It needs no more work."""
        if isinstance(job.event, Reset):
            self._held.discard(job.event.channel)
        else:
            job.progress.end(job.event.seq)
        self._changed.add(job.event.channel)

    def begin_reset(self, reset: Reset) -> Job:
        """The log of a channel is another: what is under way ends in the old one."""
        for part in self._kept:
            self._progress[part, reset.channel] = Progress(reset.cursor)
        self._held.add(reset.channel)
        return Job(reset, Progress(reset.cursor))

    def settle(self, channel: str, cursor: Cursor) -> None:
        """The channel has caught up: a place to come back to, although there was no event yet."""
        for part in self._kept:
            self._progress_of(part, channel, cursor)
        self._changed.add(channel)

    def save(self) -> None:
        """Hand on how far each part has come; the server hears of it within a second."""
        for channel in self._changed - self._held:
            for part in self._kept:
                progress = self._progress.get((part, channel))
                if progress is not None and self._kept[part].get(channel) != progress.mark:
                    self._kept[part][channel] = progress.mark
                    self._share.keep(part, self._fences[part], {channel: progress.mark})
        self._changed &= self._held

    @property
    def places(self) -> dict[str, Cursor]:
        """How far all parts of ours have come."""
        found: dict[str, Cursor] = {}
        for (_, channel), progress in self._progress.items():
            known = found.get(channel)
            found[channel] = progress.mark if known is None or progress.mark.seq < known.seq else known
        return found

    def _places(self, channel: str) -> list[Cursor]:
        return [places[channel] for places in self._kept.values() if channel in places]

    def _progress_of(self, part: int, channel: str, beginning: Cursor) -> Progress:
        progress = self._progress.get((part, channel))
        if progress is None:
            kept = self._kept[part].get(channel)
            is_same_log = kept is not None and kept.epoch == beginning.epoch
            progress = Progress(kept if kept is not None and is_same_log else beginning)
            self._progress[part, channel] = progress
        return progress

    def _came_before(self, event: Event) -> bool:
        """Whether another channel has brought the same."""
        if event.about is None:
            return False
        channel = self._seen.setdefault(event.about, event.channel)
        if len(self._seen) > MAX_HANDLED_ROWS:
            self._seen.popitem(last=False)
        return channel != event.channel
