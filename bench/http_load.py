"""A generator of HTTP requests that is light enough to keep one core's server busy: raw connections, each with one
request under way; of an answer only its status and length are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import uvloop

MakeRequest = Callable[[], bytes]


@dataclass(slots=True)
class Tally:
    """What came back: answers by status."""

    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.statuses.values())


class _Connection(asyncio.Protocol):
    """Sends, waits for the whole answer, sends again, until told to stop."""

    __slots__ = (
        "_buffer",
        "_done",
        "_expected",
        "_is_stopping",
        "_make",
        "_status",
        "_tally",
        "_transport",
    )

    def __init__(self, make: MakeRequest, tally: Tally, done: asyncio.Future[None]) -> None:
        self._make = make
        self._tally = tally
        self._done = done
        self._buffer = b""
        self._expected = -1
        self._status = 0
        self._is_stopping = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer = data if not self._buffer else self._buffer + data
        if self._expected < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            self._status = int(head[9:12])
            place = head.find(b"content-length: ")
            length = 0 if place < 0 else int(head[place + 16 :].split(b"\r\n", 1)[0])
            self._expected = end + 4 + length
        if len(self._buffer) >= self._expected:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            if self._is_stopping and error is None:
                self._done.set_result(None)
            else:
                self._done.set_exception(ConnectionError(f"the server closed the connection: {error}"))

    def stop(self) -> None:
        """After the answer that is under way."""
        self._is_stopping = True

    def _send(self) -> None:
        assert self._transport is not None
        self._buffer, self._expected = b"", -1
        self._transport.write(self._make())

    def _finish(self) -> None:
        self._tally.statuses[self._status] = self._tally.statuses.get(self._status, 0) + 1
        if self._is_stopping:
            assert self._transport is not None
            self._transport.close()
        else:
            self._send()


async def _run(port: int, connections: int, seconds: float, make: MakeRequest) -> Tally:
    loop = asyncio.get_running_loop()
    tally = Tally()
    pairs = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        _, protocol = await loop.create_connection(
            lambda done=done: _Connection(make, tally, done),  # type: ignore[misc]  # mypy reads no default of a lambda
            "127.0.0.1",
            port,
        )
        pairs.append((protocol, done))
    await asyncio.sleep(seconds)
    for protocol, _ in pairs:
        protocol.stop()
    await asyncio.gather(*(done for _, done in pairs))
    return tally


def load(port: int, *, connections: int, seconds: float, make: MakeRequest) -> Tally:
    """Keep ``connections`` requests under way for so long; each finished one is followed by the next."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, connections, seconds, make))
