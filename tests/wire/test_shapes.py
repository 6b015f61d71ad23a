from typing import Any

import pytest

from tertulia_wire import messages as m
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError
from tertulia_wire.examples import CLIENT_EXAMPLES, SERVER_EXAMPLES
from tertulia_wire.limits import MAX_REF, MAX_SEQ, MAX_SUBSCRIPTIONS_PER_MESSAGE
from tertulia_wire.shapes import parse_client_message, parse_server_message, to_array

CURSOR = ["abc", 5]
LONG = "x" * 65

BROKEN_FROM_CLIENT: list[Any] = [
    None, 1, "ping", {}, [], [1], [None], [["ping"]], [True, 1],
    ["ping"], ["ping", None], ["ping", True], ["ping", 1.0], ["ping", "1"], ["ping", -1], ["ping", MAX_REF + 1],
    ["subscribe"], ["subscribe", 1], ["subscribe", 1, None], ["subscribe", 1, {}], ["subscribe", 1, "site"],
    ["subscribe", 1, ["site"]], ["subscribe", 1, [["site"]]], ["subscribe", 1, [[1, None]]],
    ["subscribe", 1, [[LONG, None]]], ["subscribe", 1, [["site", 5]]], ["subscribe", 1, [["site", []]]],
    ["subscribe", 1, [["site", ["abc"]]]], ["subscribe", 1, [["site", ["ABC", 5]]]],
    ["subscribe", 1, [["site", ["abc", -1]]]], ["subscribe", 1, [["site", ["abc", True]]]],
    ["subscribe", 1, [["site", ["abc", MAX_SEQ + 1]]]], ["subscribe", 1, [["site", ["a" * 33, 1]]]],
    ["subscribe", 1, [["site", "abc.5"]]], ["subscribe", True, []],
    ["unsubscribe", 1], ["unsubscribe", 1, "site"], ["unsubscribe", 1, [None]], ["unsubscribe", 1, [LONG]],
    ["signal"], ["signal", "site"], ["signal", "site", 1], ["signal", LONG, "typing"], ["signal", "site", LONG],
]  # fmt: skip
BROKEN_FROM_SERVER: list[Any] = [
    ["hello"], ["hello", []], ["hello", None], ["event", "site", 1, "void"], ["event", "site", 0, "void", {}],
    ["event", "site", 1, "void", []], ["event", "site", 1, LONG, {}], ["event", 1, 1, "void", {}],
    ["subscribed", 1, [["site"]]], ["subscribed", 1, [["site", CURSOR]]], ["subscribed", 1, [["site", [1, "no"]]]],
    ["subscribed", 1, [["site", [True, "no", None]]]], ["subscribed", 1, [["site", [1, "no", -1]]]],
    ["subscribed", 1, [["site", CURSOR, "5"]]], ["reset", "site", None, "epoch"], ["reset", "site", CURSOR, 1],
    ["unsubscribed", "site"], ["error", 1, 4000], ["error", "1", 4000, "no", None], ["drain", None], ["drain", -1],
    ["pong"], ["signal", "site", "typing", None], ["error", None, 4000, "x" * 513, None],
]  # fmt: skip


@pytest.mark.parametrize("value", BROKEN_FROM_CLIENT, ids=repr)
def test_array_that_is_no_message_of_a_client_is_malformed(value: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_client_message(value)
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize("value", BROKEN_FROM_SERVER, ids=repr)
def test_array_that_is_no_message_of_a_server_is_malformed(value: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_server_message(value)
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize("message", CLIENT_EXAMPLES, ids=repr)
def test_client_message_with_further_items_is_read_without_them(message: Any) -> None:
    """A later client may add fields at the end."""
    assert parse_client_message([*to_array(message), {"later": True}, 1]) == message


@pytest.mark.parametrize("message", SERVER_EXAMPLES, ids=repr)
def test_server_message_with_further_items_is_read_without_them(message: Any) -> None:
    assert parse_server_message([*to_array(message), {"later": True}, 1]) == message


def test_further_items_inside_a_subscription_are_ignored() -> None:
    value = ["subscribe", 1, [["site", [*CURSOR, "later"], {"later": True}]]]
    assert parse_client_message(value) == m.Subscribe(1, [("site", Cursor("abc", 5))])


def test_outcome_is_told_by_its_length() -> None:
    value = ["subscribed", 1, [["site", CURSOR, 9, "later"], ["thread:1", [4204, "No.", None, "later"]]]]
    assert parse_server_message(value) == m.Subscribed(
        1, [m.Accepted("site", Cursor("abc", 5), 9), m.Refused("thread:1", 4204, "No.")]
    )


@pytest.mark.parametrize("parse", [parse_client_message, parse_server_message])
def test_unknown_kind_says_so_and_names_the_ref(parse: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(["dance", 7])
    assert (caught.value.code, caught.value.ref) == (Code.UNKNOWN_KIND, 7)


def test_kinds_of_the_other_side_are_unknown() -> None:
    for kind in ("hello", "event", "pong", "drain"):
        with pytest.raises(DecodeError) as caught:
            parse_client_message([kind, 1])
        assert caught.value.code is Code.UNKNOWN_KIND


@pytest.mark.parametrize(
    ("value", "ref"),
    [(["subscribe", 7, "site"], 7), (["subscribe", True, []], None), (["subscribe", -7, []], None), (["ping"], None),
     (["signal", "site", 1], None), (["unsubscribe", MAX_REF + 1, []], None)],
)  # fmt: skip
def test_refusal_names_the_request_where_its_ref_can_be_read(value: Any, ref: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_client_message(value)
    assert caught.value.ref == ref


def test_list_of_channels_beyond_its_limit_is_too_large() -> None:
    names = [f"thread:{number}" for number in range(1, MAX_SUBSCRIPTIONS_PER_MESSAGE + 2)]
    for value in (["subscribe", 7, [[name, None] for name in names]], ["unsubscribe", 7, names]):
        with pytest.raises(DecodeError) as caught:
            parse_client_message(value)
        assert (caught.value.code, caught.value.ref) == (Code.TOO_LARGE, 7)
    assert parse_client_message(["unsubscribe", 7, names[1:]]) == m.Unsubscribe(7, names[1:])


def test_channel_that_cannot_be_is_read_all_the_same() -> None:
    """Whether there is such a channel is answered per channel: the others of the message are followed."""
    assert parse_client_message(["subscribe", 1, [["no such", None]]]) == m.Subscribe(1, [("no such", None)])
