from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tertulia_client.load.others import nats as module
from tertulia_client.load.others.adapter import Heard, Message, Refused, Say, Subscribed
from tertulia_client.load.others.nats import Nats

STREAM = b'INFO {"server_id":"x"}\r\nPONG\r\nMSG thread.1 1 5\r\nwo\r\nd\r\nPING\r\nMSG thread.1 1 0\r\n\r\n'
HEARD: list[Heard] = [Subscribed(), Message(b"wo\r\nd"), Say(b"PONG\r\n"), Message(b"")]


def test_it_subscribes_and_asks_whether_that_was_heard() -> None:
    [say] = Nats("thread:1").begin()
    assert isinstance(say, Say)
    assert say.words == b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB thread.1 1\r\nPING\r\n'
    assert Nats("thread:1").publish("wörd") == (b"PUB thread.1 5\r\nw\xc3\xb6rd\r\n",)


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM)), max_size=8))
def test_stream_is_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    adapter, heard = Nats("thread:1"), list[Heard]()
    edges = [0, *sorted(cuts), len(STREAM)]
    for begin, end in pairwise(edges):
        heard += adapter.parse(STREAM[begin:end])
    assert heard == HEARD


def test_error_and_message_without_an_end_are_refusals() -> None:
    assert list(Nats("thread:1").parse(b"-ERR 'Authorization Violation'\r\n")) == [Refused("Authorization Violation")]
    endless = Nats("thread:1").parse(b"MSG x 1 " + b"9" * (module.MAX_REST_BYTES + 1))
    assert Refused("a message of the server has no end") in list(endless)
