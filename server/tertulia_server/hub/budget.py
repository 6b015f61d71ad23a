"""One byte budget for all that a worker remembers of the logs, and the blocks that it is spent on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_server.hub.frame import Frame
from tertulia_wire.codec import Encoding, transcode
from tertulia_wire.limits import LOG_BLOCK_EVENTS

ENTRY_OVERHEAD_BYTES: Final = 200
"""Of an `Entry` beside its payload: the object, its bytes header, its place in the block (`sys.getsizeof`, rounded)."""

BLOCK_OVERHEAD_BYTES: Final = 1200
"""Of an empty `Block`: the object, 64 places, a set, its place in the budget."""


class Entry:
    """An event in memory: its msgpack, and its JSON once somebody reads JSON."""

    __slots__ = ("about_id", "name", "payload", "seq", "text_payload")

    def __init__(self, publication: Publication) -> None:
        self.seq = publication.seq
        self.name = publication.name
        self.about_id = publication.about_id
        self.payload = publication.payload
        self.text_payload: bytes | None = None

    def payload_as(self, *, is_text: bool) -> bytes:
        """As msgpack or as JSON; JSON is made once."""
        if not is_text:
            return self.payload
        if self.text_payload is None:
            self.text_payload = transcode(self.payload, Encoding.JSON)
        return self.text_payload

    @property
    def size_bytes(self) -> int:
        return ENTRY_OVERHEAD_BYTES + len(self.payload) + len(self.text_payload or b"")


class Block:
    """The events of one channel with seqs ``first_seq`` to ``first_seq + 63``, as far as they are known."""

    __slots__ = ("_about_ids", "_budget", "_entries", "_frame", "_frame_key", "_home", "index", "size_bytes")

    def __init__(self, budget: Budget, home: MutableMapping[int, Block], index: int) -> None:
        self.index = index
        self.size_bytes = BLOCK_OVERHEAD_BYTES
        self._budget = budget
        self._home = home
        self._entries: list[Entry | None] = [None] * LOG_BLOCK_EVENTS
        self._about_ids: set[int] = set()
        self._frame: Frame | None = None
        self._frame_key: tuple[int, int, bool] | None = None

    def get(self, seq: int) -> Entry | None:
        return self._entries[(seq - 1) % LOG_BLOCK_EVENTS]

    def put(self, entry: Entry) -> None:
        self._entries[(entry.seq - 1) % LOG_BLOCK_EVENTS] = entry
        self._about_ids.add(entry.about_id)
        self._grow(entry.size_bytes)

    def forget_post(self, post_id: int, before_seq: int) -> None:
        """Empty the entries about a post that are older than ``before_seq``: their text is no longer the truth."""
        if post_id not in self._about_ids:
            return
        for place, entry in enumerate(self._entries):
            if entry is not None and is_stale(entry, post_id, before_seq):
                self._entries[place] = None
        self._frame = self._frame_key = None
        self.weigh()

    def frame(self, entries: list[Entry], *, is_text: bool) -> Frame:
        """The entries of a run inside this block as a frame; readers at the same place share it."""
        key = (entries[0].seq, entries[-1].seq, is_text)
        if self._frame is None or self._frame_key != key:
            payloads = [entry.payload_as(is_text=is_text) for entry in entries]
            self._frame, self._frame_key = Frame(payloads, is_text=is_text), key
            self.weigh()
        return self._frame

    def weigh(self) -> None:
        """Tell the budget what has become of our size: entries went, or were made into JSON or a frame."""
        entries_bytes = sum(entry.size_bytes for entry in self._entries if entry is not None)
        frame_bytes = self._frame.payload_bytes if self._frame is not None else 0
        self._grow(BLOCK_OVERHEAD_BYTES + entries_bytes + frame_bytes - self.size_bytes)

    def leave_home(self) -> None:
        """Be forgotten by the channel; called by the budget."""
        self._home.pop(self.index, None)

    def _grow(self, added_bytes: int) -> None:
        self.size_bytes += added_bytes
        self._budget.charge(self, added_bytes)


def is_stale(entry: Entry, post_id: int, before_seq: int) -> bool:
    """Whether an entry may hold a text of the post from before the change with seq ``before_seq``."""
    return entry.about_id == post_id and entry.seq < before_seq and entry.name.startswith("post.")


class Budget:
    """All blocks of a worker, least recently used out first.

    The block that was used last always stays, whatever its size, so that a fresh event can be sent.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._blocks: OrderedDict[Block, None] = OrderedDict()

    def add(self, home: MutableMapping[int, Block], index: int) -> Block:
        """A new, empty block in ``home``."""
        block = home[index] = Block(self, home, index)
        self._blocks[block] = None
        self.charge(block, block.size_bytes)
        return block

    def touch(self, block: Block) -> None:
        self._blocks.move_to_end(block)

    def charge(self, block: Block, added_bytes: int) -> None:
        """Account for a block that grew or shrank; makes room at the cost of others."""
        if block not in self._blocks:
            return
        self.used_bytes += added_bytes
        self._blocks.move_to_end(block)
        while self.used_bytes > self.max_bytes and len(self._blocks) > 1:
            self.remove(next(iter(self._blocks)))

    def remove(self, block: Block) -> None:
        del self._blocks[block]
        self.used_bytes -= block.size_bytes
        block.leave_home()
