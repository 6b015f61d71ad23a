"""What a hub remembers of one channel's log, and how it reads what it does not remember.

Fresh events and blocks read from the log are one and the same memory. An entry whose post was edited or removed later
is emptied, and whoever needs it reads the log, where it is rendered from current state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.budget import Block, Entry
from tertulia_server.hub.core import Core
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.ports import LogRead
from tertulia_wire.events import POST_EDITED, POST_REMOVED, VOID
from tertulia_wire.limits import LOG_BLOCK_EVENTS

MAX_FRAME_BYTES: Final = 64 * 1024
"""Payload of one frame, unless a single event is larger: what a push may add to an outbox beyond its limit."""

MAX_FRAME_EVENTS: Final = 256
CHANGES: Final = frozenset({POST_EDITED, POST_REMOVED, VOID})
"""A `void` too: the post that it is about may have left the channel, and what was told of it here with it."""


FIRST_RETRY_S: Final = 0.1
LAST_RETRY_S: Final = 1.0

Waiter = Callable[[int], None]
"""Called when a read ended, with the first seq that the log still keeps."""


class BlockRead:
    """One read under way: who waits for it, and which posts changed since its snapshot may have been taken."""

    __slots__ = ("after", "changed_post_ids", "tries", "until", "waiters")

    def __init__(self, after: int, until: int) -> None:
        self.after = after
        self.until = until
        self.waiters: list[Waiter] = []
        self.changed_post_ids: set[int] = set()
        self.tries = 0


class History:
    """``known_seq``: every change up to here has been taken into account; kept by the channel as its head moves."""

    __slots__ = ("_blocks", "_core", "_last_change_seq", "_name", "_reads", "known_seq", "on_change")

    def __init__(self, core: Core, name: str, on_change: Callable[[int, int], None]) -> None:
        self._core = core
        self._name = name
        self._blocks: dict[int, Block] = {}
        self._reads: dict[int, BlockRead] = {}
        self._last_change_seq = 0
        self.known_seq = 0
        self.on_change = on_change

    def put(self, publication: Publication) -> None:
        """Remember a fresh event; an edit or a removal empties what it makes untrue.

        An elder that comes after a change may hold a text from before it: it is left to be read.
        """
        is_change = publication.name in CHANGES
        if is_change:
            self._forget_post(publication.about_id, publication.seq)
        if publication.seq < self._last_change_seq:
            return
        if is_change:
            self._last_change_seq = publication.seq
        self._fill(publication)

    def distrust(self, until: int) -> None:
        """There was a change at ``until`` that was not kept: publications before it may hold a text from before it."""
        self._last_change_seq = max(self._last_change_seq, until)

    def has(self, seq: int) -> bool:
        block = self._blocks.get((seq - 1) // LOG_BLOCK_EVENTS)
        return block is not None and block.get(seq) is not None

    def run(self, after: int, until: int) -> list[Entry]:
        """The entries from ``after + 1`` on without a hole, as many as one frame may hold; empty if that one is not
        here."""
        entries: list[Entry] = []
        room_bytes = MAX_FRAME_BYTES
        for entry in self._entries(after, min(until, after + MAX_FRAME_EVENTS)):
            room_bytes -= len(entry.payload)
            if room_bytes < 0 and entries:
                break
            entries.append(entry)
        return entries

    def block_run(self, after: int, until: int, *, is_text: bool) -> tuple[int, Frame] | None:
        """The same inside one block, as a frame that readers at the same place share, and its last seq."""
        index = after // LOG_BLOCK_EVENTS
        entries = self.run(after, min(until, (index + 1) * LOG_BLOCK_EVENTS))
        if not entries:
            return None
        return entries[-1].seq, self._blocks[index].frame(entries, is_text=is_text)

    def frame(self, entries: Sequence[Entry], *, is_text: bool) -> Frame:
        """A run as a frame for a round."""
        payloads = [entry.payload_as(is_text=is_text) for entry in entries]
        for index in dict.fromkeys((entry.seq - 1) // LOG_BLOCK_EVENTS for entry in entries) if is_text else ():
            if index in self._blocks:  # it may have had to make room for the one before
                self._blocks[index].weigh()
        return Frame(payloads, is_text=is_text)

    def read(self, after: int, until: int, waiter: Waiter, *, is_aligned: bool = True) -> None:
        """Fetch what is missing from ``after + 1`` on, to the end of that block or ``until``.

        One read per block at a time, whoever asks. An aligned read begins where the block begins, so that readers
        at other places of it are served too. Retried while the store is away.
        """
        index = after // LOG_BLOCK_EVENTS
        read = self._reads.get(index)
        if read is None:
            first = index * LOG_BLOCK_EVENTS
            last = min(until, first + LOG_BLOCK_EVENTS)
            read = self._reads[index] = BlockRead(first if is_aligned else after, last)
            self._start(index, read)
        read.waiters.append(waiter)

    def forget_all(self) -> None:
        """Drop what is remembered; reads under way go on."""
        for block in tuple(self._blocks.values()):
            self._core.budget.remove(block)

    def clear(self) -> list[Waiter]:
        """Drop everything, reads under way included: the channel is left, or its log is another one.

        Returns those who waited; the caller tells them, or lets them go.
        """
        self.forget_all()
        waiters = [waiter for read in self._reads.values() for waiter in read.waiters]
        self._reads.clear()
        self._last_change_seq = 0
        return waiters

    def _entries(self, after: int, until: int) -> Iterator[Entry]:
        block: Block | None = None
        for seq in range(after + 1, until + 1):
            if block is None or seq % LOG_BLOCK_EVENTS == 1:
                block = self._blocks.get((seq - 1) // LOG_BLOCK_EVENTS)
                if block is None:
                    return
                self._core.budget.touch(block)
            entry = block.get(seq)
            if entry is None:
                return
            yield entry

    def _fill(self, publication: Publication) -> None:
        if self.has(publication.seq):
            return
        index = (publication.seq - 1) // LOG_BLOCK_EVENTS
        block = self._blocks.get(index) or self._core.budget.add(self._blocks, index)
        block.put(Entry(publication))

    def _forget_post(self, post_id: int, before_seq: int) -> None:
        for block in self._blocks.values():
            block.forget_post(post_id, before_seq)
        for read in self._reads.values():
            read.changed_post_ids.add(post_id)
        self.on_change(post_id, before_seq)

    def _start(self, index: int, read: BlockRead) -> None:
        if self._reads.get(index) is not read:
            return
        read.changed_post_ids.clear()
        read.tries += 1
        self._core.reads.read(self._name, read.after, read.until, lambda result: self._done(index, read, result))

    def _done(self, index: int, read: BlockRead, result: LogRead | None) -> None:
        if self._reads.get(index) is not read:
            return
        gate = self._core.gate
        if result is not None and gate.is_ahead(result.rights_seq):
            if gate.wait(result.rights_seq, lambda: self._done(index, read, result)):
                return
            result = None
        if result is None or gate.is_outdated(result.rights_seq) or not self._is_whole(read, result):
            delay_s = min(FIRST_RETRY_S * 2 ** min(read.tries - 1, 8), LAST_RETRY_S)
            self._core.scheduler.call_later(delay_s, self._start, index, read)
            return
        del self._reads[index]
        self._take(read, result)
        for waiter in read.waiters:
            waiter(result.first_seq)

    def _is_whole(self, read: BlockRead, result: LogRead) -> bool:
        """Whether the log answered with every seq that it should hold; else it is not the log that we know."""
        first = max(read.after + 1, result.first_seq)
        seqs = [publication.seq for publication in result.publications]
        if result.epoch == self._core.epoch and seqs == list(range(first, read.until + 1)):
            return True
        self._core.doubt()
        return False

    def _take(self, read: BlockRead, result: LogRead) -> None:
        """News first: what a lost edit or removal makes untrue goes, then what this snapshot says comes in."""
        for publication in result.publications:
            if publication.name in CHANGES and publication.seq > self.known_seq and not self.has(publication.seq):
                self._forget_post(publication.about_id, publication.seq)
        for publication in result.publications:
            if not (publication.name.startswith("post.") and publication.about_id in read.changed_post_ids):
                self._fill(publication)
