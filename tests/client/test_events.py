from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.events import (
    Event,
    MemberChanged,
    ModerationChanged,
    Notified,
    PostCreated,
    PostEdited,
    PostRated,
    PostRemoved,
    Reset,
    ThreadChanged,
    ThreadCreated,
    read_event,
)
from tertulia_client.notices import EventReceived
from tertulia_client.testing import ANA, post_data, thread_data
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import EVENT_DATA, VOID

PLACE = Cursor("e1", 4)
TOLD: dict[str, Any] = {
    "id": 2,
    "kind": "mention",
    "by": "Ana",
    "thread_id": 1,
    "title": "Thread 1",
    "post_id": 9,
    "number": 2,
    "created_ms": 1_700_000_000_000,
    "is_read": False,
}
POST: dict[str, Any] = {"post": post_data(9, 1, 2, "Hi"), "thread": thread_data(1, 2)}


def read(name: str, data: dict[str, Any], channel: str = "forum:3") -> Event:
    return read_event(EventReceived(channel, 4, name, data, PLACE))


@pytest.mark.parametrize(
    ("name", "kind"), [("post.created", PostCreated), ("post.edited", PostEdited), ("post.removed", PostRemoved)]
)
def test_post_event_has_its_class_and_comfortable_parts(name: str, kind: type[Event]) -> None:
    event = read(name, POST)
    assert type(event) is kind
    assert isinstance(event, PostCreated | PostEdited | PostRemoved)
    assert (event.id, event.number, event.text, event.html) == (9, 2, "Hi", "<p>Hi</p>")
    assert (event.author.name, event.author.is_bot, event.thread.title) == ("Ana", False, "Thread 1")
    assert event.created == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (event.channel, event.cursor, event.lane) == ("forum:3", PLACE, "thread:1")


def test_rated_post_has_its_counts_and_old_servers_have_none() -> None:
    event = read("post.rated", {**POST, "post": {**post_data(9, 1, 2, "Hi"), "positive": 3, "negative": 1}})
    assert isinstance(event, PostRated)
    assert (event.positive, event.negative) == (3, 1)
    older = {name: value for name, value in post_data(9, 1, 2, "Hi").items() if name not in {"positive", "negative"}}
    event = read("post.created", {**POST, "post": older})
    assert isinstance(event, PostCreated)
    assert (event.positive, event.negative) == (0, 0)


def test_removed_and_undated_post_has_empty_text_and_no_time() -> None:
    post = {**post_data(9, 1, 2, "Hi"), "text": None, "html": None, "is_removed": True, "created_ms": None}
    event = read("post.removed", {**POST, "post": post})
    assert isinstance(event, PostRemoved)
    assert (event.text, event.html, event.is_removed, event.created) == ("", "", True, None)


@pytest.mark.parametrize(("name", "kind"), [("thread.created", ThreadCreated), ("thread.changed", ThreadChanged)])
def test_thread_event(name: str, kind: type[Event]) -> None:
    event = read(name, {"thread": thread_data(5)})
    assert type(event) is kind
    assert event.lane == "thread:5"


def test_member_event() -> None:
    event = read("member.changed", {"member": ANA}, "site")
    assert isinstance(event, MemberChanged)
    assert (event.member.name, event.lane) == ("Ana", "site")


def test_moderation_event_says_only_that_something_happened() -> None:
    event = read("moderation.changed", {}, "moderation")
    assert isinstance(event, ModerationChanged)
    assert (event.data, event.lane, event.about) == ({}, "moderation", None)


def test_notified_tells_of_a_post_or_only_how_many_are_unread() -> None:
    event = read("notified", {"unread": 3, "notification": TOLD}, "member:7")
    assert isinstance(event, Notified)
    assert event.notification is not None
    assert (event.unread, event.notification.kind, event.notification.post_id) == (3, "mention", 9)
    assert event.notification.created == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    event = read("notified", {"unread": 0, "notification": None}, "member:7")
    assert isinstance(event, Notified)
    assert event.notification is None


def test_each_name_of_the_wire_has_a_class() -> None:
    data = {**POST, "member": ANA, "unread": 1, "notification": TOLD}
    classes = {name: type(read(name, data)) for name in EVENT_DATA if name != VOID}
    assert Event not in classes.values()
    assert len(set(classes.values())) == len(classes)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("post.sung", POST),
        ("void", {}),
        ("post.created", {}),
        ("post.created", {"post": None, "thread": 5}),
        ("post.created", {**POST, "post": {**POST["post"], "created_ms": 10**30}}),
        ("thread.changed", {"thread": {"id": 1}}),
    ],
)
def test_event_that_is_not_understood_is_a_plain_one(name: str, data: dict[str, Any]) -> None:
    event = read(name, data)
    assert type(event) is Event
    assert (event.name, event.data, event.about, event.lane) == (name, data, None, "forum:3")


def test_same_event_of_two_channels_is_about_the_same() -> None:
    assert read("post.edited", POST, "thread:1").about == read("post.edited", POST).about
    newer = {**POST, "post": {**POST["post"], "version": 2}}
    assert read("post.edited", newer).about != read("post.edited", POST).about
    assert read("post.created", newer).about == read("post.created", POST).about
    assert read("thread.changed", {"thread": thread_data(5)}).about == ("thread.changed", 5, 1)


async def test_event_outside_a_bot_cannot_be_answered() -> None:
    event = read("post.created", POST)
    assert isinstance(event, PostCreated)
    with pytest.raises(ClientError):
        await event.reply("Hi")
    with pytest.raises(ClientError):
        await event.rate("positive")


def test_reset_has_the_lane_of_its_channel() -> None:
    assert Reset("thread:1", PLACE, "epoch").lane == "thread:1"
