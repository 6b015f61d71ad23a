from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tertulia_server.cli import acceptor as module
from tertulia_server.cli.acceptor import ACCEPTS_PER_TURN, Acceptor

LIMIT_S = 10.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield opened


def connect(listener: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(listener.getsockname(), timeout=LIMIT_S) for _ in range(count)]


class Greeter(asyncio.Protocol):
    greeted: list[Greeter]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()
        Greeter.greeted.append(self)


class Keeper(asyncio.Protocol):
    def __init__(self) -> None:
        self.made: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made.set_result(transport)


@pytest.fixture(autouse=True)
def _nobody_greeted() -> None:
    Greeter.greeted = []


async def until_greeted(count: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while len(Greeter.greeted) < count:  # noqa: ASYNC110 - a count has no event
            await asyncio.sleep(0.001)


async def test_crowd_is_taken_in_turns_between_which_others_get_theirs(listener: socket.socket) -> None:
    clients = connect(listener, 3 * ACCEPTS_PER_TURN)
    acceptor = Acceptor(listener, Greeter)
    acceptor.start()
    counts = []
    async with asyncio.timeout(LIMIT_S):
        while len(Greeter.greeted) < len(clients):
            await asyncio.sleep(0)
            counts.append(len(Greeter.greeted))
    steps = [after - before for before, after in pairwise(counts)]
    assert max(steps) <= ACCEPTS_PER_TURN
    for client in clients:
        assert client.recv(5) == b"hello"
        client.close()
    acceptor.close()


async def test_connection_sends_small_things_at_once_and_holds_up_nobody(listener: socket.socket) -> None:
    """That a read never waits is the loop's business, and not ours as well."""
    protocols: list[Keeper] = []

    def make() -> Keeper:
        protocols.append(Keeper())
        return protocols[-1]

    [client] = connect(listener, 1)
    acceptor = Acceptor(listener, make)
    acceptor.start()
    async with asyncio.timeout(LIMIT_S):
        while not protocols:  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.001)
        transport = await protocols[0].made
    connection = transport.get_extra_info("socket")
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert not os.get_blocking(connection.fileno())
    transport.close()
    acceptor.close()
    client.close()


async def test_closed_acceptor_leaves_the_crowd_to_others(listener: socket.socket) -> None:
    other = listener.dup()
    acceptor = Acceptor(listener, Greeter)
    acceptor.start()
    acceptor.close()
    acceptor.close()
    clients = connect(other, 1)
    await asyncio.sleep(0.01)
    assert Greeter.greeted == []
    heir = Acceptor(other, Greeter)
    heir.start()
    await until_greeted(1)
    heir.close()
    for client in clients:
        client.close()


class ExhaustedListener:
    """Has no descriptor for the first who comes."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.failures = [OSError(errno.EMFILE, "Too many open files")]

    def accept(self) -> tuple[socket.socket, object]:
        if self.failures:
            raise self.failures.pop()
        return self._listener.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._listener, name)


@pytest.mark.parametrize("is_closed_meanwhile", [False, True])
async def test_without_descriptors_it_pauses_and_tries_again(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, is_closed_meanwhile: bool
) -> None:
    monkeypatch.setattr(module, "EXHAUSTED_PAUSE_S", 60.0 if is_closed_meanwhile else 0.02)
    exhausted = ExhaustedListener(listener)
    clients = connect(listener, 1)
    acceptor = Acceptor(exhausted, Greeter)  # type: ignore[arg-type]
    acceptor.start()
    if not is_closed_meanwhile:
        await until_greeted(1)
    else:
        async with asyncio.timeout(LIMIT_S):
            while exhausted.failures:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.001)
    acceptor.close()
    for client in clients:
        client.close()


async def test_client_that_left_before_it_was_taken_hurts_nobody(listener: socket.socket) -> None:
    [gone, stays] = connect(listener, 2)
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    gone.close()
    acceptor = Acceptor(listener, Greeter)
    acceptor.start()
    await asyncio.to_thread(stays.recv, 5)
    acceptor.close()
    stays.close()
