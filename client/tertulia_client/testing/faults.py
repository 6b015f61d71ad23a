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
    kill_before_writes: int = 0
    """That many requests from now that would write something, the bot is killed, and the last is not carried out."""
    kill_after_writes: int = 0
    """The same, but the last is carried out, and nobody hears of it: the bot dies in the middle of its handler."""
    is_stalled: bool = False
    """Nothing is sent to anybody, and nothing answered, on new connections neither: the server hangs."""
    lose_seq: int = 0
    """The event with this seq is not sent live; who asks for it again has it."""
    double_seq: int = 0
    """That with this one is sent twice."""
    swap_seq: int = 0
    """That with this one is sent after the next one."""

    def arrange(self, events: Iterable[tuple[int, Item]], held: list[tuple[int, Item]]) -> Iterator[tuple[int, Item]]:
        """Events with their seqs, as they are sent live. ``held``: those that wait for the next one, here and later."""
        for seq, event in events:
            if seq == self.lose_seq:
                continue
            if seq == self.swap_seq:
                held.append((seq, event))
                continue
            yield seq, event
            if seq == self.double_seq:
                yield seq, event
            yield from held
            held.clear()

    def is_killed(self, *, before: bool) -> bool:
        """To be asked before and after each write: whether the bot dies now."""
        if before:
            left, self.kill_before_writes = self.kill_before_writes, max(0, self.kill_before_writes - 1)
        else:
            left, self.kill_after_writes = self.kill_after_writes, max(0, self.kill_after_writes - 1)
        return left == 1
