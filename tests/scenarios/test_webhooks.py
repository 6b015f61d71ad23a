"""Servers are killed while they deliver to a receiver that fails, hangs and comes back: everything arrives, in order,
and what came twice has the same id."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tertulia_client.webhooks import Delivery, SignatureError, read_delivery
from tests.browser.forum import Forum, People, people_of
from tests.conftest import StartServer
from tests.processes import TertuliaServer
from tests.server.webhooks.receiver import Receiver, answer, cut, hang, receiving

LOOPBACK = {"TERTULIA_WEBHOOK_NETWORKS": "127.0.0.0/8"}
ARRIVE_LIMIT_S = 60


async def started(start_server: StartServer) -> TertuliaServer:
    """The receiver lives in this loop: what starts a server may not hold it up."""
    server: TertuliaServer = await asyncio.to_thread(start_server, variables=LOOPBACK)
    return server


async def follow(server: TertuliaServer, people: People, receiver: Receiver, channel: str) -> str:
    """A webhook of Marisol's; its secret."""
    body = {"label": "scenario", "url": receiver.url, "channel": channel}
    made = await Forum(server, people).call_signed_in("POST", "/api/webhooks", people.marisol, body)
    secret: str = made["secret"]
    return secret


def delivered(receiver: Receiver, secret: str) -> list[Delivery]:
    return [read_delivery(head, body, secret) for head, body in receiver.requests]


async def until_arrived(receiver: Receiver, secret: str, seqs: int) -> None:
    async with asyncio.timeout(ARRIVE_LIMIT_S), receiver.came:
        await receiver.came.wait_for(lambda: len({one.cursor.seq for one in delivered(receiver, secret)}) == seqs)


@pytest.mark.long
async def test_nothing_is_lost_whatever_dies_and_whatever_fails(tmp_path: Path, start_server: StartServer) -> None:
    people = await people_of(tmp_path)
    server = await started(start_server)
    forum = Forum(server, people)
    thread = await forum.thread("Carried out")
    async with receiving() as receiver:
        secret = await follow(server, people, receiver, f"thread:{thread['id']}")
        receiver.script = [answer(204), answer(500), cut, answer(204), hang]
        texts = [f"post {number}" for number in range(8)]
        for text in texts:
            await forum.post(thread, text)
        await receiver.wait_for(5)  # the fifth hangs, and nobody will ever know whether it was taken
        server.kill()
        await asyncio.to_thread(server.start)
        await until_arrived(receiver, secret, len(texts))
        found = delivered(receiver, secret)
        with pytest.raises(SignatureError):
            read_delivery(*receiver.requests[0], "whsec_AAAA")
    once = {one.id: one for one in found}
    assert [one.data["post"]["text"] for one in once.values()] == texts
    assert [one.cursor.seq for one in once.values()] == sorted(one.cursor.seq for one in once.values())
    assert [one.cursor.seq for one in found] == sorted(one.cursor.seq for one in found)
    assert len(found) == len(texts) + 3  # the one that was refused twice, and the one that hung


@pytest.mark.long
async def test_another_server_goes_on_where_one_was_killed(tmp_path: Path, start_server: StartServer) -> None:
    people = await people_of(tmp_path)
    first, second = await started(start_server), await started(start_server)
    thread = await Forum(first, people).thread("Carried out")
    async with receiving() as receiver:
        secret = await follow(first, people, receiver, f"thread:{thread['id']}")
        texts = [f"post {number}" for number in range(12)]
        for number, text in enumerate(texts):
            standing, other = (first, second) if number < 6 else (second, first)
            await Forum(standing, people).post(thread, text)
            if number % 6 == 5:
                standing.kill()
                await until_arrived(receiver, secret, number + 1)
                await asyncio.to_thread(standing.start)
                assert other.process.poll() is None
        once = {one.id: one for one in delivered(receiver, secret)}
    assert [one.data["post"]["text"] for one in once.values()] == texts


async def test_private_addresses_are_closed_as_long_as_nobody_opens_them(
    tmp_path: Path, start_server: StartServer
) -> None:
    people = await people_of(tmp_path)
    server: TertuliaServer = await asyncio.to_thread(start_server)
    forum = Forum(server, people)
    thread = await forum.thread("Kept inside")
    async with receiving() as receiver:
        body = {"label": "inside", "url": f"http://localhost:{receiver.port}/", "channel": f"thread:{thread['id']}"}
        made = await forum.call_signed_in("POST", "/api/webhooks", people.marisol, body)
        await forum.post(thread, "for nobody else")
        path = f"/api/webhooks/{made['webhook']['id']}/deliveries"
        async with asyncio.timeout(ARRIVE_LIMIT_S):
            while not (attempts := (await forum.call("GET", path, people.marisol))["deliveries"]):  # noqa: ASYNC110 - it has no event for it
                await asyncio.sleep(0.05)
        assert (attempts[0]["outcome"], attempts[0]["status"]) == ("blocked", None)
        assert receiver.requests == []
