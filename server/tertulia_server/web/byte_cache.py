"""A memory of what was rendered, bounded by its size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

ENTRY_BYTES: Final = 400
"""What an entry costs beside its content: the key, the objects that hold it. An estimate on the high side."""

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class ByteCache(Generic[KeyT, ValueT]):
    """The least recently used go first when all together take more than ``max_bytes``."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[KeyT, tuple[ValueT, int]] = OrderedDict()
        self.used_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: KeyT) -> ValueT | None:
        """What was kept under the key, if it is still there."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: KeyT, value: ValueT, content_bytes: int) -> None:
        """Keep a value in the place of an older one; what is larger than the whole memory is not kept."""
        self.drop(key)
        size_bytes = content_bytes + ENTRY_BYTES
        if size_bytes > self._max_bytes:
            return
        self._entries[key] = value, size_bytes
        self.used_bytes += size_bytes
        while self.used_bytes > self._max_bytes:
            _, (_, freed_bytes) = self._entries.popitem(last=False)
            self.used_bytes -= freed_bytes

    def drop(self, key: KeyT) -> None:
        """Forget a key, if it is known."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.used_bytes -= entry[1]
