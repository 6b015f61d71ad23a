from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any, cast

import hiredis
import pytest

from tertulia_server.broker import line as module
from tertulia_server.broker.addresses import Access, Address
from tertulia_server.broker.line import MAX_BUFFERED_BYTES, Line, LineError, open_line
from tests.server.broker.peer import Peer, peer

OK = b"+OK\r\n"


class Owner:
    """What a line tells."""

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.reasons: list[str] = []
        self.news = asyncio.Event()

    def reply(self, reply: Any) -> None:
        self.replies.append(reply)
        self.news.set()

    def lose(self, reason: str) -> None:
        self.reasons.append(reason)
        self.news.set()

    async def open(self, server: Peer, access: Access | None = None) -> Line:
        async with asyncio.timeout(5):
            return await open_line(server.address, access or Access(), "a-name", self.reply, self.lose)

    async def wait(self) -> None:
        async with asyncio.timeout(5):
            await self.news.wait()
            self.news.clear()


async def test_signs_in_with_what_is_asked_for() -> None:
    async with peer(OK, OK, OK) as server:
        line = await Owner().open(server, Access("ada", "pw", 3))
        words = [word for word in server.taken.split(b"\r\n") if word[:1] not in b"*$"]
        assert words == [b"AUTH", b"ada", b"pw", b"CLIENT", b"SETNAME", b"a-name", b"SELECT", b"3"]
        line.abort()


async def test_password_without_a_user() -> None:
    async with peer(OK, OK) as server:
        await (await Owner().open(server, Access(password="pw"))).close()
        assert server.taken.startswith(b"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n")


async def test_refused_password_is_told_without_repeating_it() -> None:
    async with peer(b"-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n") as server:
        with pytest.raises(LineError, match="refuses AUTH: ERR") as caught:
            await Owner().open(server, Access(password="hunter2"))
        assert "hunter2" not in str(caught.value)


async def test_replies_are_handed_on_whole_and_in_order_however_they_come() -> None:
    owner = Owner()
    async with peer(OK) as server:
        line = await owner.open(server)
        assert server.writer is not None
        for part in (b":1\r", b"\n:2\r\n-ERR no", b"\r\n*2\r\n$1\r\na\r\n$2\r\n\x00", b"\n\r\n"):
            server.writer.write(part)
            await server.writer.drain()
            await asyncio.sleep(0)
        while len(owner.replies) < 4:
            await owner.wait()
        assert owner.replies[:2] == [1, 2]
        assert isinstance(owner.replies[2], hiredis.ReplyError)
        assert owner.replies[3] == [b"a", b"\x00\n"]
        line.abort()


async def test_connection_that_breaks_is_told_once() -> None:
    owner = Owner()
    async with peer(OK) as server:
        line = await owner.open(server)
        assert server.writer is not None
        server.writer.transport.abort()
        await owner.wait()
        line.write(b"into the void")
        await line.close()
        assert len(owner.reasons) == 1


async def test_line_that_we_close_is_not_lost() -> None:
    owner = Owner()
    async with peer(OK) as server:
        line = await owner.open(server)
        server.has_taken.clear()
        line.write(b"a last word")
        await line.close()
        await server.has_taken.wait()
        assert server.taken.endswith(b"a last word")
        assert owner.reasons == []


async def test_peer_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE_S", 0.05)
    async with peer(OK) as server:
        line = await Owner().open(server)
        assert server.writer is not None
        cast("asyncio.Transport", server.writer.transport).pause_reading()
        while line.is_writable:
            line.write(bytes(MAX_BUFFERED_BYTES))
        await line.close()
        async with asyncio.timeout(5):
            await line._ended.wait()


async def test_what_comes_after_we_closed_it_is_nobodys() -> None:
    """A confirmation that comes late must not be taken for one of the next line."""
    owner = Owner()
    async with peer(OK) as server:
        line = await owner.open(server)
        line.abort()
        line.data_received(b":1\r\n")
        assert owner.replies == []


async def test_user_who_may_not_give_a_name_is_let_in() -> None:
    async with peer(b"-NOPERM this user has no permissions to run the 'client' command\r\n") as server:
        await (await Owner().open(server)).close()


async def test_what_speaks_another_protocol_is_told() -> None:
    async with peer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        with pytest.raises(LineError, match="no Redis"):
            await Owner().open(server)


async def test_server_that_hangs_up_while_we_sign_in() -> None:
    async with peer(b"") as server:
        opening = asyncio.create_task(Owner().open(server))
        await server.has_taken.wait()
        assert server.writer is not None
        server.writer.transport.abort()
        with pytest.raises(LineError):
            await opening


async def test_nobody_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    for address in (Address("127.0.0.1", port), Address(path=str(tmp_path / "no.sock"))):
        with pytest.raises(LineError, match="cannot connect"):
            await open_line(address, Access(), "a-name", print, print)


async def test_line_that_is_full_says_so_and_when_it_is_not() -> None:
    owner = Owner()
    release = asyncio.Event()
    async with peer(OK) as server:
        line = await owner.open(server)
        line.on_writable(release.set)
        assert server.writer is not None
        transport = cast("asyncio.Transport", server.writer.transport)
        transport.pause_reading()
        for _ in range(100):
            if not line.is_writable:
                break
            line.write(bytes(MAX_BUFFERED_BYTES))
        assert not line.is_writable
        transport.resume_reading()
        async with asyncio.timeout(10):
            await release.wait()
        assert line.is_writable
        line.abort()
