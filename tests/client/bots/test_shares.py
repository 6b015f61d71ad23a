from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest

from tertulia_client.api import Api
from tertulia_client.bots.shares import Part, Share, check_share, serve_share
from tertulia_client.errors import ApiError, ClientError
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor

AT = Cursor("e1", 5)


class Server:
    """Gives out what the test says, and remembers what it was told."""

    def __init__(self) -> None:
        self.parts: dict[int, int] = {0: 1, 1: 1}
        self.excess: list[int] = []
        self.places: dict[str, list[Any]] = {}
        self.refusal: Code | None = None
        self.told: list[dict[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        self.told.append(body)
        if self.refusal is not None:
            return httpx2.Response(self.refusal.status, json={"code": int(self.refusal), "detail": "no"})
        for part in body["let_go"]:
            self.parts.pop(part, None)
        self.excess = [part for part in self.excess if part in self.parts]
        held = [{"part": part, "fence": fence, "places": self.places} for part, fence in self.parts.items()]
        answer = {"parts": 2, "lease_ms": 5000, "held": [] if body["leaving"] else held, "excess": self.excess}
        return httpx2.Response(200, json=answer)

    def api(self) -> Api:
        return Api("http://127.0.0.1:1", token="t", wire=httpx2.MockTransport(self), deadline_s=0)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize("name", ["", "Dice", "a" * 33, "a:b", "a/b"])
def test_name_that_is_none_is_refused(name: str) -> None:
    assert check_share("dice-2") == "dice-2"
    with pytest.raises(ClientError):
        check_share(name)


async def test_places_are_told_once_and_only_under_the_fence_they_were_made_under() -> None:
    server = Server()
    server.places = {"thread:1": ["e1", 3]}
    async with server.api() as api:
        share = Share(api, "dice")
        await share.renew()
        assert share.active == {part: Part(1, {"thread:1": Cursor("e1", 3)}) for part in (0, 1)}
        share.keep(0, 1, {"thread:1": AT})
        share.keep(1, 9, {"thread:1": AT})
        await share.renew()
        assert [one["places"] for one in server.told[1]["held"]] == [{"thread:1": ["e1", 5]}, {}]
        assert share.held[0].places == {"thread:1": AT}, "what it knows is newer than what the server says"
        await share.renew()
        assert [one["places"] for one in server.told[2]["held"]] == [{}, {}]


async def test_parts_in_excess_are_let_go_when_nothing_of_theirs_is_at_work() -> None:
    server = Server()
    changes: list[list[int]] = []
    async with server.api() as api:
        share = Share(api, "dice")
        share.on_change = lambda: changes.append(sorted(share.active))
        await share.renew()
        server.excess = [1]
        await share.renew()
        await share.renew()
        assert (changes, server.told[-1]["let_go"]) == ([[0, 1], [0]], [])
        share.let_go_excess()
        await share.renew()
        assert (server.told[-1]["let_go"], list(share.held), len(changes)) == ([1], [0], 2)


async def test_lease_that_was_not_renewed_is_given_up_when_it_ends() -> None:
    server, clock = Server(), Clock()
    async with server.api() as api:
        share = Share(api, "dice", clock=clock)
        await share.renew()
        server.refusal, clock.now_s = Code.INTERNAL, 4.9
        await share.renew()
        assert len(share.active) == 2
        clock.now_s = 5.0
        await share.renew()
        assert share.active == {}


async def test_work_begins_anew_with_each_change_and_all_is_let_go_at_the_end() -> None:
    server = Server()
    stopping = asyncio.Event()
    served: list[list[int]] = []
    async with server.api() as api:
        share = Share(api, "dice")

        async def serve(ending: asyncio.Event) -> None:
            served.append(sorted(share.active))
            if len(served) == 2:
                stopping.set()
            else:
                server.excess = [0]
            await ending.wait()

        await asyncio.wait_for(serve_share(share, serve, stopping), 20)
    assert served == [[0, 1], [1]]
    assert server.told[-1]["leaving"]


async def test_refusal_for_good_ends_the_work() -> None:
    server = Server()
    server.refusal = Code.UNAUTHENTICATED

    async def serve(ending: asyncio.Event) -> None:
        await ending.wait()

    async with server.api() as api:
        with pytest.raises(ApiError):
            await asyncio.wait_for(serve_share(Share(api, "dice"), serve, asyncio.Event()), 20)
