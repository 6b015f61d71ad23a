"""What a running bot remembers: its place in each channel and what it handled lately, kept in its state."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from tertulia_client.bots.calls import Call
from tertulia_client.bots.progress import Progress
from tertulia_client.bots.state import MAX_HANDLED_ROWS, Kept, State, Subject
from tertulia_client.events import Event, Reset
from tertulia_client.subscription import Since
from tertulia_wire.cursors import Cursor


@dataclass(slots=True)
class Job:
    """Something to be handled; ``progress`` is that of its channel in the log that it came from."""

    event: Event | Reset
    progress: Progress
    calls: list[Call] = field(default_factory=list)
    """Filled in by whoever knows the handlers."""
    about: Subject | None = None
    """What tells that this channel brought it first; None if nothing does."""


class Memory:
    """Changes are kept with `save`, all at once; what was begun and not ended comes again in the next life."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept = state.channels()
        self._progress: dict[str, Progress] = {}
        self._seen: OrderedDict[Subject, str] = OrderedDict(state.handled())
        self._changed: set[str] = set()
        self._handled: list[tuple[Subject, str]] = []
        self._held: set[str] = set()
        """Channels whose reset is not handled yet: their old place stays until then."""

    def cursor(self, channel: str) -> Cursor | None:
        """Where to go on; None for a channel that was never followed."""
        progress = self._progress.get(channel)
        if progress is not None:
            return progress.mark
        kept = self._kept.get(channel)
        return None if kept is None else kept.cursor

    def beginning(self, channel: str, since: Since) -> Since:
        """The same, or where to begin."""
        return self.cursor(channel) or since

    def begin(self, event: Event) -> Job | None:
        """What is to be done for an event; None for one that was handled before or came by another channel."""
        progress = self._progress.get(event.channel)
        if progress is None:
            progress = self._progress_of(event.channel, Cursor(event.cursor.epoch, event.seq - 1))
        if not progress.begin(event.seq):
            self._changed.add(event.channel)
            return None
        job = Job(event, progress)
        about = event.about
        if about is not None:
            channel = self._seen.setdefault(about, event.channel)
            if len(self._seen) > MAX_HANDLED_ROWS:
                self._seen.popitem(last=False)
            if channel != event.channel:
                self.end(job)
                return None
            job.about = about
        return job

    def end(self, job: Job) -> None:
        """It needs no more work."""
        channel = job.event.channel
        if isinstance(job.event, Reset):
            self._held.discard(channel)
        else:
            job.progress.end(job.event.seq)
            if job.about is not None:
                self._handled.append((job.about, channel))
        self._changed.add(channel)

    def begin_reset(self, reset: Reset) -> Job:
        """The log of a channel is another: what is under way ends in the old one."""
        progress = self._progress[reset.channel] = Progress(reset.cursor)
        self._held.add(reset.channel)
        return Job(reset, progress)

    def settle(self, channel: str, cursor: Cursor) -> None:
        """The channel has caught up: a place to come back to, although there was no event yet."""
        self._progress_of(channel, cursor)
        self._changed.add(channel)

    def save(self) -> None:
        """Keep what changed. `ClientError` when it cannot be."""
        if not self._changed:
            return
        places = {
            channel: Kept(progress.mark, tuple(progress.done_above))
            for channel in self._changed - self._held
            if (progress := self._progress.get(channel)) is not None
        }
        handled, self._handled = self._handled, []
        self._changed &= self._held
        self._state.save(places, handled)

    @property
    def places(self) -> dict[str, Cursor]:
        return {channel: progress.mark for channel, progress in self._progress.items()}

    def _progress_of(self, channel: str, beginning: Cursor) -> Progress:
        progress = self._progress.get(channel)
        if progress is None:
            kept = self._kept.get(channel)
            is_same_log = kept is not None and kept.cursor.epoch == beginning.epoch
            progress = Progress(kept.cursor, kept.done) if kept is not None and is_same_log else Progress(beginning)
            self._progress[channel] = progress
        return progress
