"""Heads and rights for a listener, whatever carries it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tertulia_server.hub.frame import Frame
from tertulia_server.hub.listener import Grant
from tertulia_server.live.live import Live
from tertulia_server.session import Wanted
from tertulia_server.settings import Settings
from tertulia_server.web.following import BUSY_RETRY_AFTER_MS, Following, Met
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Hello, Refused, ServerMessage, Subscribed
from tests.server.web.site import Site


class Ear:
    """A sink that keeps what it is given."""

    encoding = Encoding.JSON
    pipe = None

    def __init__(self) -> None:
        self.heard: list[ServerMessage] = []
        self.on_writable = lambda: None

    def push(self, frame: Frame) -> bool:
        self.heard += [decode_server_message(payload.decode(), self.encoding) for payload in frame.payloads]
        return True

    def close(self, code: int, reason: str) -> None:
        raise AssertionError("nobody asked for that")


@pytest.fixture
async def live(site: Site) -> AsyncIterator[Live]:
    live = Live(Settings(), site.store, site.broker)
    await live.start()
    yield live
    await live.close()


def following(site: Site, live: Live) -> tuple[Following, Ear]:
    ear = Ear()
    return Following(live, Met(site.town.bob, None, 0), live.hub.connect(ear)), ear


async def test_greeting_says_who_one_is(site: Site, live: Live) -> None:
    bob, ear = following(site, live)
    bob.greet()
    [hello] = ear.heard
    assert isinstance(hello, Hello)
    assert hello.data["member"] == {"id": site.town.bob.member_id, "name": "bob"}


async def test_each_item_is_answered_and_told_to_the_caller(site: Site, live: Live) -> None:
    bob, ear = following(site, live)
    malformed = Refused("nonsense", Code.UNKNOWN_CHANNEL, "no such name")
    staff = f"forum:{site.town.staff_forum_id}"
    answers = await bob.subscribe(7, [Wanted("site", None), malformed, Wanted(staff, None)])
    assert [type(answer) for answer in answers] == [Grant, Refused, Refused]
    [subscribed] = ear.heard
    assert isinstance(subscribed, Subscribed)
    assert (subscribed.ref, [item.channel for item in subscribed.items]) == (7, ["site", "nonsense", staff])
    assert live.hub.channels == ("site",)


async def test_store_that_is_away_puts_off_what_was_wanted(
    site: Site, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise RuntimeError("disk")

    bob, _ = following(site, live)
    monkeypatch.setattr(live.accesses, "read", fail)
    malformed = Refused("nonsense", Code.UNKNOWN_CHANNEL, "no such name")
    [put_off, refused] = await bob.subscribe(1, [Wanted("site", None), malformed])
    assert isinstance(put_off, Refused)
    assert (put_off.code, put_off.retry_after_ms) == (Code.STORE_UNAVAILABLE, BUSY_RETRY_AFTER_MS)
    assert refused is malformed
    assert live.hub.channels == ()


async def test_catch_ups_wait_while_too_many_others_catch_up(site: Site) -> None:
    thread = (await site.thread()).thread
    live = Live(Settings(max_catch_ups=1), site.store, site.broker)
    await live.start()
    bob, _ = following(site, live)
    live.hub.figures.lagging_count = 1
    behind = Wanted(f"thread:{thread['id']}", Cursor(live.hub.epoch, 0))
    [put_off, followed] = await bob.subscribe(1, [behind, Wanted("site", None)])
    assert isinstance(put_off, Refused)
    assert put_off.code == Code.OVERLOADED
    assert put_off.retry_after_ms
    assert isinstance(followed, Grant)
    live.hub.figures.lagging_count = 0
    [granted] = await bob.subscribe(2, [behind])
    assert isinstance(granted, Grant)
    await live.close()
