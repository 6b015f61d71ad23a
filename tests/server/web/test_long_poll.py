"""Long poll, by a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tertulia_wire.codes import Code
from tertulia_wire.cursors import RESET_AHEAD, Cursor
from tertulia_wire.messages import Accepted, Drain, Hello, Refused, Reset, Subscribed
from tests.server.web.http_peer import HttpPeer, http_peer
from tests.server.web.live_site import LiveSite, serve_live_site
from tests.server.web.site import Site


@pytest.fixture
async def guest(place: LiveSite) -> AsyncIterator[HttpPeer]:
    async with http_peer(place.origin) as peer:
        yield peer


async def test_first_poll_tells_where_one_is_and_who(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channel = f"thread:{opening.thread['id']}"
    polled = await guest.poll(channel, wait_ms=0)
    hello, subscribed = polled.messages
    assert isinstance(hello, Hello)
    assert isinstance(subscribed, Subscribed)
    assert (subscribed.ref, subscribed.items) == (7, [Accepted(channel, opening.cursor, 2)])
    assert polled.since == f"{channel}={opening.cursor}"


async def test_what_is_after_the_cursor_is_answered_at_once_also_to_those_who_do_not_wait(
    place: LiveSite, guest: HttpPeer
) -> None:
    opening = await place.site.thread()
    await place.site.fill(opening.thread["id"], 70)
    channel = f"thread:{opening.thread['id']}"
    seqs: list[int] = []
    since = f"{channel}={opening.cursor}"
    while len(seqs) < 70:
        polled = await guest.poll(since=since, wait_ms=0)
        assert polled.events
        seqs += [event.seq for event in polled.events]
        since = polled.since
    assert seqs == list(range(3, 73))
    assert (await guest.poll(since=since, wait_ms=0)).events == []


async def test_poll_waits_for_what_happens(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channel = f"thread:{opening.thread['id']}"
    waiting = asyncio.create_task(guest.poll(since=f"{channel}={opening.cursor}"))
    await somebody_listens(place, channel)
    assert not waiting.done()
    post = (await place.site.post(opening.thread["id"], "Now")).post
    polled = await waiting
    assert [event.data["post"] for event in polled.events] == [post]
    assert polled.since == f"{channel}={Cursor(opening.cursor.epoch, 3)}"


async def test_reader_who_always_comes_back_gets_each_event_once(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channels = f"thread:{opening.thread['id']},forum:{opening.thread['forum_id']}"
    writing = asyncio.create_task(place.site.fill(opening.thread["id"], 30))
    polled = await guest.poll(channels, since=f"thread:{opening.thread['id']}={opening.cursor}", wait_ms=0)
    seqs: list[int] = []
    while True:
        seqs += [event.seq for event in polled.events if event.channel.startswith("thread:")]
        if seqs and seqs[-1] == 32:
            break
        polled = await guest.poll(since=polled.since)
    await writing
    assert seqs == list(range(opening.cursor.seq + 1, 33))


async def test_answer_is_bounded_and_the_rest_comes_with_the_next(site: Site) -> None:
    async with serve_live_site(site, max_outbox_bytes=20_000) as place, http_peer(place.origin) as guest:
        opening = await place.site.thread()
        for number in range(8):
            await place.site.post(opening.thread["id"], f"{number} " + "x" * 19_000)
        seqs: list[int] = []
        since, polls = f"thread:{opening.thread['id']}={opening.cursor}", 0
        while len(seqs) < 8:
            polled = await guest.poll(since=since)
            seqs += [event.seq for event in polled.events]
            since, polls = polled.since, polls + 1
        assert seqs == list(range(3, 11))
        assert polls > 1


async def test_reset_and_refusals_are_news(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channel, now = f"thread:{opening.thread['id']}", opening.cursor
    polled = await guest.poll(since=f"{channel}={now.epoch}.99")
    assert polled.messages[-1] == Reset(channel, now, RESET_AHEAD)
    assert polled.since == f"{channel}={now}"
    refused = await guest.poll(f"forum:{place.site.town.staff_forum_id}")
    assert isinstance(refused.messages[1], Subscribed)
    assert isinstance(refused.messages[1].items[0], Refused)


async def test_server_that_stops_answers_those_who_wait(place: LiveSite, guest: HttpPeer) -> None:
    waiting = asyncio.create_task(guest.poll("site"))
    await somebody_listens(place, "site")
    [listener] = place.live.hub.listeners
    listener.send(Drain(900))
    polled = await waiting
    assert polled.messages[-1] == Drain(900)

    waiting = asyncio.create_task(guest.poll("site"))
    await somebody_listens(place, "site")
    [listener] = place.live.hub.listeners
    listener._sink.close(int(Code.DRAINING), "Stopping.")
    assert (await waiting).close == (Code.DRAINING, "Stopping.")


async def test_surplus_poll_is_told_to_come_back(site: Site) -> None:
    async with (
        serve_live_site(site, max_connections=1) as place,
        http_peer(place.origin) as guest,
        guest.stream("site") as stream,
    ):
        await stream.greeted()
        answer = await guest.get("/live/poll", channels="site")
        assert (answer.status_code, answer.json()["code"]) == (503, Code.OVERLOADED)
        assert int(answer.headers["retry-after"]) >= 1


async def test_refusals_are_documents(place: LiveSite, guest: HttpPeer) -> None:
    assert (await guest.get("/live/poll", since="thread:1=x")).json()["code"] == Code.INVALID
    assert (await guest.get("/live/poll", wait_ms="soon")).json()["code"] == Code.INVALID
    async with http_peer(place.origin, authorization="Bearer nonsense") as stranger:
        assert (await stranger.get("/live/poll")).json()["code"] == Code.UNAUTHENTICATED


async def test_answer_is_kept_by_nobody(place: LiveSite, guest: HttpPeer) -> None:
    answer = await guest.get("/live/poll", channels="site", wait_ms="0")
    assert answer.headers["cache-control"] == "no-store"
    assert place.live.hub.listener_count == 0


async def test_reader_that_leaves_leaves_nothing_behind(place: LiveSite) -> None:
    async with http_peer(place.origin) as guest:
        waiting = asyncio.create_task(guest.poll("site"))
        await somebody_listens(place, "site")
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(10):
        while place.live.hub.listener_count:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.01)
    assert list(place.live.hub.channels) == []


async def somebody_listens(place: LiveSite, channel: str) -> None:
    def is_followed() -> bool:
        return any(listener.follows(channel) for listener in place.live.hub.listeners)

    async with asyncio.timeout(10):
        while not is_followed():  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.005)
