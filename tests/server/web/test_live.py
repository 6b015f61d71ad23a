"""The live endpoint, by a real WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import Connection, update
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tertulia_server.actions.posts import edit_post, remove_post
from tertulia_server.store.log import renew_epoch
from tertulia_server.store.members import set_hides_presence
from tertulia_server.store.schema import members
from tertulia_server.web.following import BUSY_RETRY_AFTER_MS
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import RESET_AHEAD, RESET_EPOCH, Cursor
from tertulia_wire.messages import (
    Accepted,
    Error,
    Event,
    Hello,
    Ping,
    Pong,
    Refused,
    Reset,
    SendSignal,
    Signal,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
)
from tests.server.web.live_site import LiveSite, Peer, serve_live_site
from tests.server.web.site import Site


@pytest.fixture(params=["auto", "portable"])
async def place(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[LiveSite]:
    async with serve_live_site(site, sink=request.param) as opened:
        yield opened


@pytest.mark.parametrize("encoding", Encoding)
async def test_post_arrives_at_who_follows_its_thread_and_its_forum(place: LiveSite, encoding: Encoding) -> None:
    thread = (await place.site.thread()).thread
    async with place.peer(encoding) as peer:
        await peer.subscribe(f"thread:{thread['id']}")
        await peer.subscribe(f"forum:{thread['forum_id']}")
        post = (await place.site.post(thread["id"], "Hear, hear")).post
        events = await peer.hear_events(2)
        assert [event.name for event in events] == ["post.created"] * 2
        assert [event.data["post"] for event in events] == [post] * 2


async def test_connection_is_greeted_with_who_it_is(place: LiveSite) -> None:
    token = await place.site.api_token(place.site.town.bob)
    async with place.peer() as guest, place.peer(authorization=f"Bearer {token}") as bob:
        assert isinstance(guest.hello, Hello)
        assert guest.member is None
        assert bob.member == {"id": place.site.town.bob.member_id, "name": "bob"}


async def test_follower_comes_back_with_a_cursor_and_misses_nothing(place: LiveSite) -> None:
    opening = await place.site.thread()
    channel = f"thread:{opening.thread['id']}"
    for _ in range(70):
        await place.site.post(opening.thread["id"])
    async with place.peer() as peer:
        assert await peer.subscribe(channel, opening.cursor) == Accepted(channel, opening.cursor, 72)
        assert [event.seq for event in await peer.hear_events(70)] == list(range(3, 73))


async def test_removed_text_is_in_no_replay(place: LiveSite) -> None:
    opening = await place.site.thread()
    channel = f"thread:{opening.thread['id']}"
    async with place.peer() as witness, place.peer() as late:
        await witness.subscribe(channel)
        outcome = await place.site.post(opening.thread["id"], "unspeakable")
        edited = await edit_post(
            place.site.actions, place.site.town.ada, outcome.post["id"], "unspeakable indeed", version=1
        )
        assert len(await witness.hear_events(2)) == 2
        await remove_post(place.site.actions, place.site.town.mona, edited.post["id"])
        assert [event.name for event in await witness.hear_events(1)] == ["post.removed"]
        await late.subscribe(channel, opening.cursor)
        assert "unspeakable" not in repr(await late.hear_events(3))


async def test_cursor_of_another_log_is_reset(place: LiveSite) -> None:
    opening = await place.site.thread()
    channel, now = f"thread:{opening.thread['id']}", opening.cursor
    async with place.peer() as peer:
        assert await peer.subscribe(channel, Cursor("other", 1)) == Accepted(channel, now, 2)
        assert await peer.hear() == Reset(channel, now, RESET_EPOCH)
    async with place.peer() as peer:
        assert await peer.subscribe(channel, Cursor(now.epoch, 3)) == Accepted(channel, now, 2)
        assert await peer.hear() == Reset(channel, now, RESET_AHEAD)


async def test_epoch_renewed_under_the_hub_is_found_at_the_next_subscribe(place: LiveSite) -> None:
    opening = await place.site.thread()
    channel = f"thread:{opening.thread['id']}"
    epoch = await place.site.store.write(renew_epoch)
    async with place.peer() as peer:
        answer = await peer.subscribe(channel, opening.cursor)
        assert answer == Accepted(channel, Cursor(epoch, 2), 2)
        assert await peer.hear() == Reset(channel, Cursor(epoch, 2), RESET_EPOCH)


async def test_what_may_not_be_read_is_answered_as_what_is_not_there(place: LiveSite) -> None:
    town = place.site.town
    secret = f"forum:{town.staff_forum_id}"
    token = await place.site.api_token(town.mona)
    async with place.peer() as guest, place.peer(authorization=f"Bearer {token}") as mona:
        refusals = [await guest.subscribe(name) for name in (secret, "forum:999", f"member:{town.ada.member_id}")]
        assert {item.code for item in refusals if isinstance(item, Refused)} == {Code.UNKNOWN_CHANNEL}
        assert len({(item.message, item.retry_after_ms) for item in refusals if isinstance(item, Refused)}) == 1
        assert isinstance(await mona.subscribe(secret), Accepted)
    assert list(place.live.hub.channels) == []


async def test_member_follows_the_own_notifications_only(place: LiveSite) -> None:
    ada, bob = place.site.town.ada, place.site.town.bob
    token = await place.site.api_token(ada)
    async with place.peer(authorization=f"Bearer {token}") as peer:
        assert isinstance(await peer.subscribe(f"member:{ada.member_id}"), Accepted)
        assert isinstance(await peer.subscribe(f"member:{bob.member_id}"), Refused)


async def test_channel_that_was_refused_may_be_asked_for_again(place: LiveSite) -> None:
    async with place.peer() as peer:
        for _ in range(2):
            answer = await peer.subscribe("thread:77")
            assert isinstance(answer, Refused)
            assert answer.code == Code.UNKNOWN_CHANNEL


async def test_store_that_is_away_is_told_and_can_be_tried_again(
    place: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("disk")

    async with place.peer() as peer:
        with monkeypatch.context() as patched:
            patched.setattr(place.live.accesses, "read", fail)
            answer = await peer.subscribe("site")
        assert isinstance(answer, Refused)
        assert answer.code == Code.STORE_UNAVAILABLE
        assert answer.retry_after_ms == BUSY_RETRY_AFTER_MS
        assert isinstance(await peer.subscribe("site"), Accepted)


async def test_unsubscribe_signal_and_ping_are_answered_in_order(place: LiveSite) -> None:
    async with place.peer() as peer:
        await peer.subscribe("site")
        await peer.say(SendSignal("site", "typing"))
        await peer.say(Unsubscribe(2, ["site", "forum:1"]))
        await peer.say(Ping(3))
        assert await peer.hear() == Unsubscribed("site", "asked")
        assert await peer.hear() == Error(2, Code.NOT_SUBSCRIBED, Code.NOT_SUBSCRIBED.sentence)
        assert await peer.hear() == Pong(3)


async def test_unknown_and_malformed_channels_are_answered_each_in_its_place(place: LiveSite) -> None:
    async with place.peer() as peer:
        await peer.say(Subscribe(1, [("nonsense", None), ("site", None), ("site", None)]))
        answer = await peer.hear()
        assert isinstance(answer, Subscribed)
        assert [getattr(item, "code", None) for item in answer.items] == [
            Code.UNKNOWN_CHANNEL,
            None,
            Code.ALREADY_SUBSCRIBED,
        ]


async def test_peer_that_talks_nonsense_is_answered_then_shown_the_door(place: LiveSite) -> None:
    async with place.peer() as peer:
        for _ in range(20):
            await peer.connection.send(b"\xc1")
        answer = await peer.hear()
        assert isinstance(answer, Error)
        assert answer.code == Code.MALFORMED
        assert await peer.close_code() == Code.MALFORMED


async def test_client_that_offers_none_of_our_protocols_is_refused(place: LiveSite) -> None:
    for offered in (None, ["graphql-ws"]):
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://127.0.0.1:{place.port}/live", subprotocols=offered)  # type: ignore[arg-type]
        assert caught.value.response.status_code == 400
        assert b"PROTOCOL_UNSUPPORTED" in caught.value.response.body


async def test_wrong_token_is_refused_before_the_connection_stands(place: LiveSite) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with place.peer(authorization="Bearer nonsense"):
            pass
    assert caught.value.response.status_code == 401


async def test_cookie_counts_only_from_our_own_pages(place: LiveSite) -> None:
    cookie = f"tertulia_sign_in={await place.site.sign_in_token(place.site.town.ada)}"
    async with place.peer(cookie=cookie, origin=place.origin) as ada:
        assert ada.member["name"] == "ada"
    with pytest.raises(InvalidStatus) as caught:
        async with place.peer(cookie=cookie, origin="http://evil.test"):
            pass
    assert caught.value.response.status_code == 403


async def test_connections_beyond_the_limit_are_told_to_come_back(site: Site) -> None:
    async with serve_live_site(site, max_connections=1) as place, place.peer(), place.peer(is_greeted=False) as surplus:
        answer = await surplus.hear()
        assert isinstance(answer, Error)
        assert answer.code == Code.OVERLOADED
        assert answer.retry_after_ms
        assert await surplus.close_code() == Code.OVERLOADED


async def test_connection_that_ends_leaves_nothing_behind(place: LiveSite) -> None:
    async with place.peer() as peer:
        await peer.subscribe("site")
        assert place.live.hub.listener_count == 1
    async with asyncio.timeout(10):
        while place.live.hub.listener_count:  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.01)
    assert list(place.live.hub.channels) == []


async def test_reader_that_stops_reading_lags_and_then_gets_everything(site: Site) -> None:
    """More than fits into the outbox and the buffers on the way."""
    async with serve_live_site(site, max_outbox_bytes=20_000) as place, place.peer() as slow, place.peer() as quick:
        opening = await place.site.thread()
        channel = f"thread:{opening.thread['id']}"
        for peer in (slow, quick):
            await peer.subscribe(channel)
        hearing = asyncio.create_task(quick.hear_events(100))
        for number in range(100):
            await place.site.post(opening.thread["id"], f"{number} " + "x" * 19_000)
        assert [event.seq for event in await hearing] == list(range(3, 103))
        assert sorted(listener.is_writable for listener in place.live.hub.listeners) == [False, True]
        assert [event.seq for event in await slow.hear_events(100)] == list(range(3, 103))


async def test_event_names_travel_as_they_are(place: LiveSite) -> None:
    opening = await place.site.thread()
    async with place.peer() as peer:
        await peer.subscribe(f"forum:{opening.thread['forum_id']}")
        await place.site.thread("Another")
        events: list[Event] = await peer.hear_events(2)
        assert [event.name for event in events] == ["thread.created", "post.created"]


async def hear_presence(peer: Peer, reading: int, writing: int) -> Mapping[str, Any]:
    """Signals until one says this."""
    while True:
        signal = await peer.hear()
        assert isinstance(signal, Signal)
        if (signal.data["reading"], signal.data["writing"]) == (reading, writing):
            return signal.data


async def test_readers_of_a_thread_are_told_who_reads_and_writes(place: LiveSite) -> None:
    town, channel = place.site.town, f"thread:{(await place.site.thread()).thread['id']}"
    ada_token, bob_token = [await place.site.api_token(visitor) for visitor in (town.ada, town.bob)]
    async with place.peer(authorization=f"Bearer {ada_token}") as ada, place.peer(Encoding.JSON) as guest:
        for peer in (ada, guest):
            await peer.subscribe(channel)
        await ada.say(SendSignal(channel, "typing"))
        await guest.say(SendSignal(channel, "reading"))
        who = [{"id": town.ada.member_id, "name": "ada"}]
        for peer in (ada, guest):
            data = await hear_presence(peer, 2, 1)
            assert (data["readers"], data["writers"]) == (who, who)
        await ada.say(SendSignal(channel, "stopped"))
        await hear_presence(guest, 2, 0)
        async with place.peer(authorization=f"Bearer {bob_token}") as bob:
            await bob.subscribe(channel)
            await bob.say(SendSignal(channel, "reading"))
            await hear_presence(ada, 3, 0)
        await hear_presence(guest, 2, 0)
        await ada.say(Unsubscribe(4, [channel]))
        await hear_presence(guest, 1, 0)


async def test_hidden_and_banned_members_count_without_a_name_and_bots_do_not_count(place: LiveSite) -> None:
    town, channel = place.site.town, f"thread:{(await place.site.thread()).thread['id']}"
    assert town.ada.member_id is not None
    assert town.bob.member_id is not None
    await place.site.store.write(set_hides_presence, town.ada.member_id, hides=True)
    await place.site.store.write(_make_bot, town.bob.member_id)
    async with AsyncExitStack() as stack:
        for visitor in (town.ada, town.rob, town.bob):
            token = await place.site.api_token(visitor)
            peer = await stack.enter_async_context(place.peer(authorization=f"Bearer {token}"))
            await peer.subscribe(channel)
            await peer.say(SendSignal(channel, "typing"))
        guest = await stack.enter_async_context(place.peer())
        await guest.subscribe(channel)
        await guest.say(SendSignal(channel, "reading"))
        data = await hear_presence(guest, 3, 0)
        assert data["readers"] == []


async def test_server_that_tells_of_no_readers_takes_signals_and_says_nothing(site: Site) -> None:
    channel = f"thread:{(await site.thread()).thread['id']}"
    async with serve_live_site(site, presence=False) as place, place.peer() as peer:
        await peer.subscribe(channel)
        await peer.say(SendSignal(channel, "reading"))
        await peer.say(Ping(1))
        assert await peer.hear() == Pong(1)
        assert place.live.presence is None


def _make_bot(conn: Connection, member_id: int) -> None:
    conn.execute(update(members).where(members.c.id == member_id).values(is_bot=True))
