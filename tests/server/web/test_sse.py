"""Server-sent events, by a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tertulia_server.web.sse import RETRY_MS
from tertulia_wire.codes import Code
from tertulia_wire.cursors import RESET_EPOCH, Cursor
from tertulia_wire.limits import MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Accepted, Drain, Error, Event, Pong, Refused, Reset, Signal, Unsubscribed
from tests.server.web.http_peer import HttpPeer, http_peer
from tests.server.web.live_site import LiveSite, serve_live_site
from tests.server.web.site import Site


@pytest.fixture
async def guest(place: LiveSite) -> AsyncIterator[HttpPeer]:
    async with http_peer(place.origin) as peer:
        yield peer


async def test_stream_greets_answers_and_brings_what_happens(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channels = [f"thread:{opening.thread['id']}", f"forum:{opening.thread['forum_id']}"]
    async with guest.stream(",".join(channels)) as stream:
        hello, subscribed = await stream.greeted()
        assert hello.data["limits"]["subscriptions"] == MAX_VECTOR_CHANNELS
        assert (subscribed.ref, [item.channel for item in subscribed.items]) == (7, channels)
        post = (await place.site.post(opening.thread["id"], "Hear,\r\nhear\u2028")).post
        events = await stream.hear_events(2)
        assert {event.channel for event in events} == set(channels)
        assert [event.data["post"] for event in events] == [post, post]
    headers = stream.response.headers
    assert headers["content-type"] == "text/event-stream"
    assert "no-store" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"
    assert RETRY_MS[0] <= stream.retry_ms <= RETRY_MS[1]


async def test_reader_who_comes_back_with_the_last_id_gets_each_event_once(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channels = f"thread:{opening.thread['id']},forum:{opening.thread['forum_id']}"
    seqs: dict[str, list[int]] = {}
    last_id = ""
    async with guest.stream(channels) as stream:
        await stream.greeted()
        last_id = stream.id
    for _ in range(10):
        await place.site.post(opening.thread["id"])
    for _ in range(20):
        async with guest.stream(channels, last_event_id=last_id) as stream:
            await stream.greeted()
            [event] = await stream.hear_events(1)
            seqs.setdefault(event.channel, []).append(event.seq)
            last_id = stream.id
    assert all(found == list(range(found[0], found[0] + 10)) for found in seqs.values())
    assert len(seqs) == 2


async def test_cursor_of_the_last_id_wins_over_that_of_the_address(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channel, epoch = f"thread:{opening.thread['id']}", opening.cursor.epoch
    await place.site.fill(opening.thread["id"], 3)
    since, last_id = f"{channel}={opening.cursor}", f"{channel}={epoch}.4"
    async with guest.stream(since=since, last_event_id=last_id) as stream:
        _, subscribed = await stream.greeted()
        assert subscribed.items == [Accepted(channel, Cursor(epoch, 4), 5)]
        assert [event.seq for event in await stream.hear_events(1)] == [5]


async def test_cursor_that_cannot_be_resumed_is_reset_and_its_id_says_so(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    channel, now = f"thread:{opening.thread['id']}", opening.cursor
    async with guest.stream(since=f"{channel}=other.1") as stream:
        await stream.greeted()
        assert await stream.hear() == Reset(channel, now, RESET_EPOCH)
        assert stream.id == f"{channel}={now}"


async def test_rights_are_those_of_the_socket(place: LiveSite, guest: HttpPeer) -> None:
    town = place.site.town
    secret = f"forum:{town.staff_forum_id}"
    token = await place.site.api_token(town.mona)
    async with http_peer(place.origin, authorization=f"Bearer {token}") as mona, mona.stream(secret) as stream:
        hello, subscribed = await stream.greeted()
        assert hello.data["member"]["name"] == "mona"
        assert isinstance(subscribed.items[0], Accepted)
    async with guest.stream(secret) as stream:
        _, subscribed = await stream.greeted()
        assert isinstance(subscribed.items[0], Refused)
        assert await stream.said() is None, "who may follow nothing is let go"
        assert stream.retry_ms == 60_000


async def test_store_that_is_away_lets_the_reader_come_back_soon(
    place: LiveSite, guest: HttpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("disk")

    monkeypatch.setattr(place.live.accesses, "read", fail)
    async with guest.stream("site") as stream:
        await stream.greeted()
        assert await stream.said() is None
        assert stream.retry_ms == 2000


async def test_reader_whose_last_channel_ends_is_let_go(place: LiveSite, guest: HttpPeer) -> None:
    async with guest.stream("site,thread:99") as stream:
        await stream.greeted()
        [listener] = place.live.hub.listeners
        listener.unsubscribe("site", "rights")
        assert await stream.hear() == Unsubscribed("site", "rights")
        assert await stream.said() is None


async def test_cookie_counts_unless_another_site_sends_it(place: LiveSite) -> None:
    cookie = f"tertulia_sign_in={await place.site.sign_in_token(place.site.town.ada)}"
    async with http_peer(place.origin, cookie=cookie) as ada, ada.stream("site") as stream:
        hello, _ = await stream.greeted()
        assert hello.data["member"]["name"] == "ada"
    async with http_peer(place.origin, cookie=cookie, origin="http://evil.test") as stranger:
        refused = await stranger.get("/live/events", channels="site")
        assert (refused.status_code, refused.json()["code"]) == (403, Code.ORIGIN_REFUSED)
        assert "access-control-allow-origin" not in refused.headers


async def test_wrong_token_and_nonsense_are_refused_with_a_document(place: LiveSite, guest: HttpPeer) -> None:
    async with http_peer(place.origin, authorization="Bearer nonsense") as stranger:
        assert (await stranger.get("/live/events")).json()["code"] == Code.UNAUTHENTICATED
    assert (await guest.get("/live/events", since="nonsense")).json()["code"] == Code.INVALID
    many = ",".join(f"thread:{number}" for number in range(1, MAX_VECTOR_CHANNELS + 2))
    assert (await guest.get("/live/events", channels=many)).json()["code"] == Code.TOO_MANY_SUBSCRIPTIONS


async def test_silent_stream_shows_that_it_lives_also_without_a_channel(site: Site) -> None:
    async with (
        serve_live_site(site, heartbeat_ms=100) as place,
        http_peer(place.origin) as guest,
        guest.stream() as stream,
    ):
        await stream.hear()
        assert await stream.hear() == Pong(0)
        assert await stream.hear() == Pong(0)


async def test_surplus_connection_is_told_to_come_back(site: Site) -> None:
    async with (
        serve_live_site(site, max_connections=1) as place,
        http_peer(place.origin) as guest,
        guest.stream("site") as stream,
    ):
        await stream.greeted()
        async with guest.stream("site") as surplus:
            error, close = await surplus.hear(), await surplus.said()
            assert isinstance(error, Error)
            assert error.code == Code.OVERLOADED
            assert close is not None
            assert (close.kind, close.data[0]) == ("close", Code.OVERLOADED)
            assert await surplus.said() is None


async def test_drain_names_the_time_to_a_browser_too(place: LiveSite, guest: HttpPeer) -> None:
    async with guest.stream("site") as stream:
        await stream.greeted()
        [listener] = place.live.hub.listeners
        listener.send(Drain(1730))
        assert await stream.hear() == Drain(1730)
        assert stream.retry_ms == 1730


async def test_reader_that_leaves_leaves_nothing_behind(place: LiveSite, guest: HttpPeer) -> None:
    async with guest.stream("site") as stream:
        await stream.greeted()
        assert place.live.hub.listener_count == 1
    await nobody_listens(place)


async def test_reader_that_stops_reading_lags_and_then_gets_everything(site: Site) -> None:
    async with serve_live_site(site, max_outbox_bytes=20_000) as place, http_peer(place.origin) as guest:
        opening = await place.site.thread()
        async with guest.stream(f"thread:{opening.thread['id']}") as stream:
            await stream.greeted()
            [listener] = place.live.hub.listeners
            posts = 0
            while listener.is_writable:
                posts += 1
                await place.site.post(opening.thread["id"], f"{posts} " + "x" * 19_000)
                await asyncio.sleep(0)
            assert [event.seq for event in await stream.hear_events(posts)] == list(range(3, posts + 3))


async def test_head_answers_without_a_stream(place: LiveSite) -> None:
    async with http_peer(place.origin) as guest:
        response = await guest._http.head("/live/events", params={"channels": "site"})
        assert response.headers["content-type"] == "text/event-stream"
    assert place.live.hub.listener_count == 0


async def test_events_of_others_carry_their_names(place: LiveSite, guest: HttpPeer) -> None:
    opening = await place.site.thread()
    async with guest.stream(f"forum:{opening.thread['forum_id']}") as stream:
        await stream.greeted()
        await place.site.thread("Another")
        events: list[Event] = await stream.hear_events(2)
        assert [event.name for event in events] == ["thread.created", "post.created"]


async def nobody_listens(place: LiveSite) -> None:
    async with asyncio.timeout(10):
        while place.live.hub.listener_count:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.01)
    assert list(place.live.hub.channels) == []


async def test_stream_that_asks_for_it_counts_as_a_reader_and_is_told(place: LiveSite, guest: HttpPeer) -> None:
    channel = f"thread:{(await place.site.thread()).thread['id']}"
    async with guest.stream(channel, reading="1") as stream, guest.stream(channel):
        await stream.greeted()
        before = stream.id
        data = {"reading": 1, "writing": 0, "readers": [], "writers": []}
        assert await stream.hear() == Signal(channel, "presence", data)
        assert stream.id == before
