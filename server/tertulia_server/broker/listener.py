"""The line that hears from one Redis server: what it is subscribed to, and what comes in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import hiredis

from tertulia_server.broker.line import Line
from tertulia_server.broker.names import Names


class Listener:
    """``take`` gets each parcel; ``on_probe`` the text of a probe that came back.

    ``on_confirmed`` is called when all that was asked for is in force, if a subscription was part of it: what was
    published there before was not heard. ``on_refusal`` gets the text of an error, or says that Redis ended a
    subscription by itself, as it does when a slot of a cluster moves.
    """

    def __init__(
        self,
        names: Names,
        probe_name: bytes,
        take: Callable[[bytes], None],
        on_probe: Callable[[bytes], None],
        on_confirmed: Callable[[], None],
        on_refusal: Callable[[str], None],
    ) -> None:
        self._names = names
        self._message = names.message
        self._probe_name = probe_name
        self._take = take
        self._on_probe = on_probe
        self._on_confirmed = on_confirmed
        self._on_refusal = on_refusal
        self._line: Line | None = None
        self._asked: deque[tuple[bytes, bytes]] = deque()
        self._asked_s = 0.0
        self._has_subscribed = False

    def use(self, line: Line, partitions: Iterable[int]) -> None:
        """Hear through a new line; `is_settled` when all of it is in force."""
        self._line = line
        self._asked.clear()
        self._send(self._names.subscribe, [self._probe_name, *(self._names.partitions[index] for index in partitions)])

    def leave(self) -> None:
        self._line = None

    @property
    def has_line(self) -> bool:
        return self._line is not None

    def subscribe(self, partitions: Iterable[int]) -> None:
        self._send(self._names.subscribe, [self._names.partitions[index] for index in partitions])

    def unsubscribe(self, partitions: Iterable[int]) -> None:
        self._send(self._names.unsubscribe, [self._names.partitions[index] for index in partitions])

    @property
    def is_settled(self) -> bool:
        """Whether Redis has confirmed all that we asked."""
        return not self._asked

    @property
    def unconfirmed_s(self) -> float:
        """For how long the last change of subscriptions has been waiting for its confirmation; 0 if none does."""
        return asyncio.get_running_loop().time() - self._asked_s if self._asked else 0.0

    def take_reply(self, reply: Any) -> None:
        """Called by the line."""
        if isinstance(reply, hiredis.ReplyError):
            self._on_refusal(f"Redis refuses {self._names.subscribe.decode()}: {reply}")
            return
        kind, name, body = reply
        if kind != self._message:
            self._confirm(kind, name)
        elif name == self._probe_name:
            self._on_probe(body)
        else:
            self._take(body)

    def _confirm(self, kind: bytes, name: bytes) -> None:
        if not self._asked or self._asked[0] != (kind, name):
            self._on_refusal("Redis ended a subscription by itself")
            return
        self._asked.popleft()
        self._has_subscribed |= kind == self._names.subscribe.lower()
        if not self._asked and self._has_subscribed:
            self._has_subscribed = False
            self._on_confirmed()

    def _send(self, command: bytes, names: list[bytes]) -> None:
        if self._line is None or not names:
            return
        if not self._asked:
            self._asked_s = asyncio.get_running_loop().time()
        self._asked.extend((command.lower(), name) for name in names)
        if self._names.subscribe_many:
            self._line.write(_pack(command, *names))
        else:
            self._line.write(b"".join(_pack(command, name) for name in names))


def _pack(*words: bytes) -> bytes:
    return b"*%d\r\n%b" % (len(words), b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words))
