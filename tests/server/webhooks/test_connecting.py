"""The connection goes to an address that was looked at, and to no other."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_network

import httpcore2
import pytest

from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.webhooks.connecting import MAX_ADDRESSES, AddressRefused, CheckedBackend, Resolver
from tests.processes import free_port
from tests.server.webhooks.receiver import receiving

LOOPBACK = AddressRules((ip_network("127.0.0.1/32"),), frozenset({443}))


class Names:
    """A resolver whose answers are given one after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


async def test_name_leads_to_the_address_that_was_looked_at() -> None:
    async with receiving() as receiver:
        names = Names(["127.0.0.1"])
        stream = await CheckedBackend(LOOPBACK, names).connect_tcp("receiver.example", receiver.port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", receiver.port)
        assert names.asked == [("receiver.example", receiver.port)]
        await stream.aclose()


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1", "10.0.0.1"],
        ["127.0.0.2"],
        ["::1"],
        ["fe80::1%lo"],
        ["::ffff:169.254.169.254"],
        ["8.8.8.8"],  # public, on a port that is not open
    ],
)
async def test_one_address_that_is_closed_closes_the_name(addresses: list[str]) -> None:
    async with receiving() as receiver:
        with pytest.raises(AddressRefused):
            await CheckedBackend(LOOPBACK, Names(addresses)).connect_tcp("receiver.example", receiver.port)
        assert receiver.requests == []


async def test_each_connection_asks_anew() -> None:
    """A name that leads elsewhere the second time is refused the second time."""
    async with receiving() as receiver:
        backend = CheckedBackend(LOOPBACK, Names(["127.0.0.1"], ["169.254.169.254"]))
        await (await backend.connect_tcp("receiver.example", receiver.port)).aclose()
        with pytest.raises(AddressRefused):
            await backend.connect_tcp("receiver.example", receiver.port)


@pytest.mark.parametrize("answer", [OSError("no such name"), [], ["127.0.0.1"] * (MAX_ADDRESSES + 1)])
async def test_name_that_leads_nowhere_is_an_error_of_the_line(answer: Sequence[str] | OSError) -> None:
    with pytest.raises(httpcore2.ConnectError):
        await CheckedBackend(LOOPBACK, Names(answer)).connect_tcp("receiver.example", 443)


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    rules = AddressRules((ip_network("127.0.0.0/8"),), frozenset())
    async with receiving() as receiver:
        backend = CheckedBackend(rules, Names(["127.0.0.2", "127.0.0.1"]))  # nobody listens at the first
        await (await backend.connect_tcp("receiver.example", receiver.port)).aclose()
    with pytest.raises(httpcore2.ConnectError):
        await backend.connect_tcp("receiver.example", free_port())


async def test_system_knows_this_machine_and_numbers_are_not_asked_for() -> None:
    ask = Resolver(most=1)
    assert "127.0.0.1" in await ask("localhost", 80)
    with pytest.raises(OSError, match=r"."):
        await ask("nobody.invalid", 80)
    assert await Resolver(most=0)("::1", 80) == ["::1"]


async def test_names_that_never_answer_are_bounded_and_hold_up_no_other_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        asked.set()
        may_answer.wait(10)
        return [(2, 1, 6, "", ("192.0.2.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", never)
    ask = Resolver(most=2)
    waiting = [asyncio.create_task(_ask(ask)) for _ in range(2)]
    await asyncio.to_thread(asked.wait)
    with pytest.raises(OSError, match="Too many"):
        await ask("third.example", 80)
    waiting[0].cancel()
    may_answer.set()
    assert await waiting[1] == ["192.0.2.1"]
    assert await ask("third.example", 80) == ["192.0.2.1"]


async def _ask(ask: Resolver) -> Sequence[str]:
    return await ask("slow.example", 80)
