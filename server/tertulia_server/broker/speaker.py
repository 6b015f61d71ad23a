"""The line that publishes to one Redis server: all that waits in one turn of the loop is one write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import hiredis

from tertulia_server.broker.line import Line
from tertulia_server.broker.names import Names
from tertulia_server.broker.outbox import Outbox

MAX_UNANSWERED: Final = 1024
"""Written to Redis and not yet answered. What comes then waits in the outbox, where the oldest may be dropped."""

MAX_WRITE_BYTES: Final = 256 * 1024
"""Joined into one write; what is left follows with the next answer."""


class Speaker:
    """Publishes what the outbox holds, and counts the answers, which come in the order of the commands.

    ``on_refusal`` gets the text of an error reply, ``on_answer`` is called when a probe was answered.
    """

    def __init__(
        self, names: Names, outbox: Outbox, on_refusal: Callable[[str], None], on_answer: Callable[[], None]
    ) -> None:
        self._heads = tuple(_command_head(names.publish, name) for name in names.partitions)
        self._names = names
        self.outbox = outbox
        self._on_refusal = on_refusal
        self._on_answer = on_answer
        self._line: Line | None = None
        self._is_flush_due = False
        self._sent_count = 0
        self._answered_count = 0
        self._probe_at = 0
        self.published_count = 0
        self.lost_count = 0

    def publish(self, partition: int, parcel: bytes) -> None:
        """Queue it; written in this turn of the loop if Redis keeps up."""
        self.outbox.put(b"%s%d\r\n%b\r\n" % (self._heads[partition], len(parcel), parcel))
        if not self._is_flush_due and self._line is not None:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def probe(self, name: bytes, number: int) -> None:
        text = b"%d" % number
        self._write([b"%s%d\r\n%b\r\n" % (_command_head(self._names.publish, name), len(text), text)])
        self._probe_at = self._sent_count

    @property
    def is_probe_answered(self) -> bool:
        """Whether Redis took the last probe; then it took all that was written before it, too."""
        return self._answered_count >= self._probe_at

    def use(self, line: Line) -> None:
        """Speak through a new line, beginning with what waits."""
        self._line = line
        self._sent_count = self._answered_count = self._probe_at = 0
        line.on_writable(self.flush)
        self.flush()

    def leave(self) -> None:
        """The line is no more: what it carried and nobody answered counts as lost."""
        self._line = None
        self.lost_count += max(0, self._sent_count - self._answered_count - (not self.is_probe_answered))
        self._sent_count = self._answered_count = self._probe_at = 0

    def flush(self) -> None:
        """Write what waits, as far as Redis keeps up."""
        self._is_flush_due = False
        room = MAX_UNANSWERED - (self._sent_count - self._answered_count)
        if self._line is not None and self._line.is_writable and self.outbox and room > 0:
            self._write(self.outbox.take(room, MAX_WRITE_BYTES))

    def take_reply(self, reply: Any) -> None:
        """Called by the line."""
        self._answered_count += 1
        if isinstance(reply, hiredis.ReplyError):
            self.lost_count += self._answered_count != self._probe_at
            self._on_refusal(f"Redis refuses {self._names.publish.decode()}: {reply}")
        elif self._answered_count == self._probe_at:
            self._on_answer()
        else:
            self.published_count += 1
        if self.outbox and not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _write(self, commands: list[bytes]) -> None:
        if self._line is not None:
            self._sent_count += len(commands)
            self._line.write(b"".join(commands))


def _command_head(command: bytes, name: bytes) -> bytes:
    """A command of two words up to the length of the second; Redis serialization protocol."""
    return b"*3\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$" % (len(command), command, len(name), name)
