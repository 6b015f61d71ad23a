"""One connection to one Redis server, without a task: what arrives is handed on in the turn of the loop that read it.

redis-py would do, but its pub/sub reconnects without an exception, so that messages are lost without a sign, and it
spends several times what the parser costs on each of them. A line is the hiredis parser behind a socket, and ends once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

import hiredis

from tertulia_server.broker.addresses import Access, Address

MAX_BUFFERED_BYTES: Final = 256 * 1024
"""Written and not yet taken by the kernel; beyond that a line is not writable."""

CLOSE_S: Final = 0.5
"""What is still in the buffer has this long to leave when a line is closed."""

_INCOMPLETE: Final = object()


class LineError(Exception):
    """Cannot connect, was refused, or broke; the text is for an operator and holds no secret."""


class RefusedError(LineError):
    """Redis answered, with an error."""


class Line(asyncio.Protocol):
    """``on_reply`` gets each reply as hiredis gives it (an error as `hiredis.ReplyError`); neither callback may raise.

    ``on_lost`` is called once, with the reason, unless we closed it ourselves.
    """

    def __init__(self, on_reply: Callable[[Any], None], on_lost: Callable[[str], None]) -> None:
        self._on_reply = on_reply
        self._on_lost = on_lost
        self._on_writable: Callable[[], None] = lambda: None
        self._parser = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._answer: asyncio.Future[Any] | None = None
        self._transport: asyncio.Transport | None = None
        self.is_writable = True
        self._is_closed = False
        self._ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(MAX_BUFFERED_BYTES)

    def data_received(self, data: bytes) -> None:
        if self._is_closed:
            return  # it belongs to nobody any more
        try:
            self._parser.feed(data)
            while (reply := self._parser.gets()) is not _INCOMPLETE:
                if self._answer is not None and not self._answer.done():
                    self._answer.set_result(reply)
                else:
                    self._on_reply(reply)
        except hiredis.ProtocolError:
            self._end("what answers there is no Redis")

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()
        self._end(f"the connection broke: {exc}" if exc else "Redis closed the connection")

    def pause_writing(self) -> None:
        self.is_writable = False

    def resume_writing(self) -> None:
        self.is_writable = True
        self._on_writable()

    def on_writable(self, callback: Callable[[], None]) -> None:
        """``callback`` is called when the line takes data again."""
        self._on_writable = callback

    def write(self, data: bytes) -> None:
        """Nothing happens on a line that has ended."""
        if self._transport is not None and not self._is_closed:
            self._transport.write(data)

    async def ask(self, *words: str) -> Any:
        """Send a command and wait for its reply; for the time before anything else is expected. `LineError`."""
        self._answer = asyncio.get_running_loop().create_future()
        self.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # its stub knows no str
        try:
            reply = await self._answer
        finally:
            self._answer = None
        if isinstance(reply, hiredis.ReplyError):
            # Redis repeats the words of a command that it does not know; of this one no word may get into a log.
            text = str(reply).partition(" ")[0] if words[0] == "AUTH" else str(reply)
            raise RefusedError(f"Redis refuses {words[0]}: {text}")
        return reply

    async def close(self) -> None:
        """Send what was written, for a moment; then the connection is cut, whatever the peer does."""
        self._is_closed = True
        if self._transport is None:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._ended.wait()
        except TimeoutError:
            self._transport.abort()

    def abort(self) -> None:
        self._is_closed = True
        if self._transport is not None:
            self._transport.abort()

    def _end(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LineError(reason))
        if not self._is_closed:
            self.abort()
            self._on_lost(reason)


async def open_line(
    address: Address, access: Access, name: str, on_reply: Callable[[Any], None], on_lost: Callable[[str], None]
) -> Line:
    """A line that is signed in; `CLIENT LIST` shows it as ``name``. `LineError`; the time is the caller's to bound."""
    loop = asyncio.get_running_loop()
    line = Line(on_reply, on_lost)
    try:
        if address.path:
            await loop.create_unix_connection(lambda: line, address.path)
        else:
            await loop.create_connection(lambda: line, address.host, address.port, ssl=access.tls)
        await _sign_in(line, access, name)
    except OSError as error:
        line.abort()
        raise LineError(f"cannot connect: {error.strerror or error}") from error
    except BaseException:
        line.abort()
        raise
    return line


async def _sign_in(line: Line, access: Access, name: str) -> None:
    if access.password:
        await line.ask("AUTH", *([access.username] if access.username else []), access.password)
    with suppress(RefusedError):  # the name is for people who look at Redis; a user may lack the right to give one
        await line.ask("CLIENT", "SETNAME", name)
    if access.database:
        await line.ask("SELECT", str(access.database))
