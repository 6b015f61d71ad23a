"""What an address asks to follow."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from tertulia_server.errors import Refusal
from tertulia_server.session import Wanted
from tertulia_server.web.wanted import cursors_of, parse_count, parse_wanted
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_CHANNEL_CHARS, MAX_CURSOR_VECTOR_CHARS, MAX_VECTOR_CHANNELS
from tertulia_wire.messages import Refused


def asking(query: str, last_event_id: str | None = None) -> Request:
    headers = [] if last_event_id is None else [(b"last-event-id", last_event_id.encode())]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "query_string": query.encode(), "headers": headers}
    return Request(scope)


def test_channels_are_followed_from_now_and_cursors_from_their_place() -> None:
    assert parse_wanted(asking("channels=site,thread:2,site&since=thread:1=e.4,thread:2=e.7")) == [
        Wanted("site", None),
        Wanted("thread:2", Cursor("e", 7)),
        Wanted("thread:1", Cursor("e", 4)),
    ]


def test_last_id_wins_and_keeps_what_else_was_asked_for() -> None:
    assert parse_wanted(asking("channels=site&since=thread:1=e.4", "thread:1=e.9,forum:1=e.2")) == [
        Wanted("site", None),
        Wanted("thread:1", Cursor("e", 9)),
        Wanted("forum:1", Cursor("e", 2)),
    ]


def test_cursors_are_those_of_the_channels_that_have_one() -> None:
    items = parse_wanted(asking("channels=site,nonsense&since=thread:1=e.4"))
    assert cursors_of(items) == {"thread:1": Cursor("e", 4)}


def test_nothing_may_be_asked_for() -> None:
    assert parse_wanted(asking("")) == []


def test_name_that_is_none_is_refused_in_its_place() -> None:
    long = "x" * 100
    first, second, third = parse_wanted(asking(f"channels=nonsense,site,{long}"))
    assert isinstance(first, Refused)
    assert first.code == Code.UNKNOWN_CHANNEL
    assert second == Wanted("site", None)
    assert isinstance(third, Refused)
    assert len(third.channel) == MAX_CHANNEL_CHARS


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=thread:1", Code.INVALID),
        ("since=nonsense=e.1", Code.UNKNOWN_CHANNEL),
        ("since=" + "x" * (MAX_CURSOR_VECTOR_CHARS + 1), Code.TOO_LARGE),
        ("channels=" + "x" * (MAX_CURSOR_VECTOR_CHARS + 1), Code.TOO_LARGE),
        ("channels=" + ",".join(f"thread:{n}" for n in range(1, MAX_VECTOR_CHANNELS + 2)), Code.TOO_MANY_SUBSCRIPTIONS),
    ],
)
def test_what_cannot_be_read_or_is_too_much_is_refused(query: str, code: Code) -> None:
    with pytest.raises((WireError, Refusal)) as caught:
        parse_wanted(asking(query))
    assert isinstance(caught.value, WireError | Refusal)
    assert caught.value.code == code


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("17", 17), ("4000000000", 99)])
def test_count_is_a_whole_number_within_its_bound(text: str, count: int) -> None:
    assert parse_count(asking(f"wait_ms={text}"), "wait_ms", 5, 99) == count


def test_count_that_is_not_given_has_its_default() -> None:
    assert parse_count(asking(""), "wait_ms", 5, 99) == 5


@pytest.mark.parametrize("text", ["", "-1", "1.5", "soon", "1" * 11, "²"])
def test_count_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_count(asking(f"wait_ms={text}"), "wait_ms", 5)
    assert caught.value.code == Code.INVALID
