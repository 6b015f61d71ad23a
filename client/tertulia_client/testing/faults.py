"""What a fake server does wrong, when it is told to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class Faults:
    """Each stands until it is used up or taken back; all off at first."""

    handshake_answers: list[bytes] = field(default_factory=list)
    """Whole HTTP answers for the next handshakes, instead of an upgrade."""
    api_answers: list[tuple[int, Any]] = field(default_factory=list)
    """Status and body for the next requests of the API, before anything is done."""
    drop_api_answers: int = 0
    """So many requests are carried out, and then the connection is cut."""
    is_stalled: bool = False
    """Nothing is sent to anybody, and nothing answered: connections look alive and are not (half-open)."""
    lose_seq: int = 0
    """The event with this seq is never sent live."""
    double_seq: int = 0
    """That with this one is sent twice."""
    swap_seq: int = 0
    """That with this one is sent after the next one."""

    def arrange(self, events: Iterable[tuple[int, Item]]) -> Iterator[tuple[int, Item]]:
        """Events with their seqs, as they are sent."""
        held: tuple[int, Item] | None = None
        for seq, event in events:
            if seq == self.lose_seq:
                continue
            if seq == self.swap_seq:
                held = (seq, event)
                continue
            yield seq, event
            if seq == self.double_seq:
                yield seq, event
            if held is not None:
                yield held
                held = None
        if held is not None:
            yield held
