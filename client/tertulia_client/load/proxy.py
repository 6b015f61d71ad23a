"""A proxy between readers and server that cuts, delays, stalls, and loses, doubles or swaps single messages.

The product contains no faults, so a run brings them along. It works in the generator's own process: good for some
hundreds of readers, and what it costs shows in the generator's figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from tertulia_client.address import ServerAddress, parse_address
from tertulia_client.load.frames import BINARY, TEXT, FrameError, frame_end

READ_BYTES: Final = 64 * 1024
MAX_HEAD_BYTES: Final = 64 * 1024
MAX_WAITING_READS: Final = 256
"""Of one connection and one way, read and not yet written; beyond it the server's side is not read."""

GREETINGS: Final = 2
"""Messages of a connection that are never spoilt: the server's hello, and the answer to the subscription."""

Waiting = asyncio.Queue[tuple[float, bytes] | None]
"""When to write what; None is the end."""


@dataclass(slots=True)
class Weather:
    """What happens to bytes on their way to a reader; all off at first. Of messages: one in so many, 0 is none."""

    delay_s: float = 0.0
    lose_one_in: int = 0
    double_one_in: int = 0
    swap_one_in: int = 0


class Proxy:
    """``async with Proxy(address) as proxy``: reach the server at ``proxy.address``."""

    def __init__(self, target: ServerAddress) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._message_count = 0
        self.weather = Weather()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None  # noqa: S101 - it was entered
        self._server.close()
        self.resume()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> ServerAddress:
        assert self._server is not None  # noqa: S101 - it was entered
        return parse_address(f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}")

    def cut(self) -> None:
        """End all connections without a word."""
        for writer in list(self._writers):
            writer.transport.abort()

    def stall(self) -> None:
        """Nothing more goes through in either way, and every connection looks alive."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            back, forth = await asyncio.open_connection(self._target.host, self._target.port)
            self._writers.add(forth)
            try:
                await self._pump_both(reader, writer, back, forth)
            finally:
                self._writers.discard(forth)
                forth.transport.abort()
        except (OSError, FrameError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _pump_both(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        """Until one side ends; then the other is ended too, once it has what was under way."""
        messages = Messages(self.weather, self._next_count)
        pumps = [
            asyncio.create_task(self._pump(reader, forth, None)),
            asyncio.create_task(self._pump(back, writer, messages)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, messages: Messages | None) -> None:
        """Each read is written ``delay_s`` after it came: what came meanwhile does not wait for it."""
        waiting: Waiting = asyncio.Queue(MAX_WAITING_READS)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_into(waiting, source, is_delayed=messages is not None))
            while (read := await waiting.get()) is not None:
                due_s, data = read
                await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
                await self._flowing.wait()
                sink.write(data if messages is None else messages.take(data))
                await sink.drain()

    async def _read_into(self, waiting: Waiting, source: asyncio.StreamReader, *, is_delayed: bool) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while data := await source.read(READ_BYTES):
                await waiting.put((clock() + (self.weather.delay_s if is_delayed else 0.0), data))
        finally:
            await waiting.put(None)

    def _next_count(self) -> int:
        """One count over all connections: one in so many of all messages."""
        self._message_count += 1
        return self._message_count


class Messages:
    """One connection's bytes to the reader, taken apart into whole frames once it has become a WebSocket."""

    def __init__(self, weather: Weather, count: Callable[[], int]) -> None:
        self._weather = weather
        self._count = count
        self._rest = b""
        self._held: bytes | None = None
        self._is_socket: bool | None = None
        self._greetings_left = GREETINGS

    def take(self, data: bytes) -> bytes:
        """What goes on now."""
        self._rest += data
        head = b""
        if self._is_socket is None:
            found = self._rest.find(b"\r\n\r\n")
            if found < 0 and len(self._rest) < MAX_HEAD_BYTES:
                return b""
            self._is_socket = self._rest.startswith(b"HTTP/1.1 101")
            if self._is_socket:
                head, self._rest = self._rest[: found + 4], self._rest[found + 4 :]
        if not self._is_socket:
            passed, self._rest = self._rest, b""
            return passed
        return head + b"".join(part for frame in self._frames() for part in self._spoil(frame))

    def _frames(self) -> Sequence[bytes]:
        frames, place = [], 0
        while (end := frame_end(self._rest, place)) is not None:
            frames.append(self._rest[place:end])
            place = end
        self._rest = self._rest[place:]
        return frames

    def _spoil(self, frame: bytes) -> Iterator[bytes]:
        if frame[0] & 0x0F not in (TEXT, BINARY):
            yield frame
            return
        if self._greetings_left:
            self._greetings_left -= 1
            yield frame
            return
        weather, count = self._weather, self._count()
        if weather.lose_one_in and count % weather.lose_one_in == 0:
            return
        if weather.swap_one_in and count % weather.swap_one_in == 0 and self._held is None:
            self._held = frame
            return
        yield frame
        if weather.double_one_in and count % weather.double_one_in == 0:
            yield frame
        if self._held is not None:
            yield self._held
            self._held = None
