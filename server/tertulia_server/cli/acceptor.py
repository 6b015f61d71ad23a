"""Taking connections off the listening socket, a few in each turn of the loop.

An event loop's own server takes all that wait: after a restart thousands at once, each of which costs about half a
millisecond of handshake, and for seconds nothing else would happen, no push, no page and no post. What is not taken
yet waits in the kernel, or with the other workers.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import structlog

ACCEPTS_PER_TURN: Final = 16
"""About 10 ms of handshakes between two looks at everything else."""

BACKLOG: Final = 2048
"""Connections that the kernel keeps for us; the system's own limit may be lower."""

EXHAUSTED_PAUSE_S: Final = 1.0
"""Without a file descriptor left, trying again at once would be all that we do."""

log = structlog.get_logger()


class Acceptor:
    """Owns the listening socket from `start` to `close`; each connection gets a protocol of its own."""

    def __init__(self, listener: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        self._listener = listener
        self._is_tcp = listener.family in {socket.AF_INET, socket.AF_INET6}  # to ask each connection takes 5 µs
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def start(self) -> None:
        self._listener.setblocking(False)
        self._listener.listen(BACKLOG)
        self._watch()

    def close(self) -> None:
        """Take nobody any more; the socket is closed in this process. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._timer is None:
            self._loop.remove_reader(self._listener)
        else:
            self._timer.cancel()
        self._listener.close()

    def _watch(self) -> None:
        self._timer = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                connection, _address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return  # another worker was quicker, or the client has left already
            except OSError as error:
                self._pause(error)
                return
            task = self._loop.create_task(self._connect(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _pause(self, error: OSError) -> None:
        log.error("cannot_accept", error=error.strerror)
        self._loop.remove_reader(self._listener)
        self._timer = self._loop.call_later(EXHAUSTED_PAUSE_S, self._watch)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            if self._is_tcp:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError:
            connection.close()
