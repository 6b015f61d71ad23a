import json

import pytest

from protocol_blocks import BLOCKS, LIMITS, example_vectors, fill, pretty, type_text
from tertulia_wire import limits
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message
from tertulia_wire.codes import Code
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.schemas import message_schema
from tertulia_wire.shapes import to_array


def test_every_limit_of_the_protocol_is_told() -> None:
    names = {name for name in vars(limits) if name.isupper()}
    assert set(LIMITS) == names


def test_every_code_and_every_event_is_told() -> None:
    codes, events = BLOCKS["codes"](), BLOCKS["events"]()
    assert all(f"| {int(code)} | `{code.name}` |" in codes for code in Code)
    assert all(f"`{name}`" in events for name in EVENT_DATA)


@pytest.mark.parametrize("side", ["client messages", "server messages"])
def test_every_message_is_told(side: str) -> None:
    messages = (m.ClientMessage if side == "client messages" else m.ServerMessage).__args__
    assert [f"### `{message.kind}`" in BLOCKS[side]() for message in messages] == [True] * len(messages)


def test_filling_replaces_what_stood_there_and_keeps_the_rest() -> None:
    page = "".join(
        f"<!-- begin generated: {name} -->\nwhat stood there\n<!-- end generated: {name} -->\nkept\n" for name in BLOCKS
    )
    filled = fill(page)
    assert "what stood there" not in filled
    assert filled.count("kept\n") == len(BLOCKS)
    assert fill(filled) == filled


def test_page_without_a_marker_is_refused() -> None:
    with pytest.raises(ValueError, match="client messages"):
        fill("nothing here")


def test_vectors_say_the_same_in_both_encodings() -> None:
    for name, vector in example_vectors().items():
        decode = decode_client_message if name.startswith("client") else decode_server_message
        message = decode(bytes.fromhex(vector["msgpack_hex"]), Encoding.MSGPACK)
        assert json.dumps(to_array(message)) == json.dumps(vector["json"])


def test_types_are_told_in_words() -> None:
    items = message_schema(m.Subscribed)["items"]
    assert type_text(items[1]) == "integer, 0 to 2147483647"
    expected = "array of [channel, [epoch, seq], head] or [channel, [code, message, retry_after_ms or nil]]"
    assert type_text(items[2]) == expected


@pytest.mark.parametrize("value", [1, [], {}, [1, [2, "x" * 100]], {"a": {"b": ["x" * 100]}, "c": "é"}], ids=repr)
def test_pretty_json_is_the_same_json(value: object) -> None:
    assert json.loads(pretty(value)) == value
