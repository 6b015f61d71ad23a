"""Events for tests of what a bot is made of."""

from __future__ import annotations

from typing import Any

from tertulia_client.events import Event, PostCreated, read_event
from tertulia_client.notices import EventReceived
from tertulia_client.testing import ANA, BOT, post_data, thread_data
from tertulia_wire.cursors import Cursor


def received(name: str, data: Any, *, channel: str = "thread:1", seq: int = 1, epoch: str = "e1") -> EventReceived:
    return EventReceived(channel, seq, name, data, Cursor(epoch, seq))


def post_created(
    text: str = "x",
    *,
    channel: str = "thread:1",
    seq: int = 1,
    post_id: int = 1,
    by_bot: bool = False,
    epoch: str = "e1",
) -> PostCreated:
    post = post_data(post_id, 1, 1, text, BOT if by_bot else ANA)
    data = {"post": post, "thread": thread_data(1)}
    event = read_event(received("post.created", data, channel=channel, seq=seq, epoch=epoch))
    assert isinstance(event, PostCreated)
    return event


def member_changed() -> Event:
    return read_event(received("member.changed", {"member": ANA}, channel="site"))
