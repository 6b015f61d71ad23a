from typing import Any

import pytest

from tertulia_wire import messages as m
from tertulia_wire.channels import parse_channel
from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message, encode
from tertulia_wire.events import EVENT_DATA
from tertulia_wire.examples import CLIENT_EXAMPLES, EVENT_EXAMPLES, SERVER_EXAMPLES, event_example


def test_each_message_and_each_event_has_one_example() -> None:
    assert [type(message) for message in CLIENT_EXAMPLES] == list(m.ClientMessage.__args__)
    assert [type(message) for message in SERVER_EXAMPLES] == list(m.ServerMessage.__args__)
    assert list(EVENT_EXAMPLES) == list(EVENT_DATA)


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("message", [*CLIENT_EXAMPLES, *SERVER_EXAMPLES, *map(event_example, EVENT_EXAMPLES)], ids=repr)
def test_example_is_read_as_it_was_written(message: Any, encoding: Encoding) -> None:
    payload = encode(message, encoding)
    decode = decode_client_message if message in CLIENT_EXAMPLES else decode_server_message
    assert decode(payload.decode() if encoding.is_text else payload, encoding) == message


def test_examples_name_channels_that_can_be() -> None:
    for name in EVENT_EXAMPLES:
        parse_channel(event_example(name).channel)
