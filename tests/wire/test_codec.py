"""Invariant: whatever bytes come in, decoding answers with a message or a DecodeError, in bounded time and memory."""

import json
import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire import messages as m
from tertulia_wire.codec import (
    Encoding,
    choose_encoding,
    decode_client_message,
    decode_server_message,
    encode,
    encode_value,
    transcode,
)
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError
from tertulia_wire.examples import CLIENT_EXAMPLES, SERVER_EXAMPLES
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES, MAX_REF, MAX_SEQ, MAX_SERVER_MESSAGE_BYTES

ENCODINGS = pytest.mark.parametrize("encoding", Encoding)
MAX_DECODING_BYTES = 160 * MAX_CLIENT_MESSAGE_BYTES
"""What decoding one message of a client may take, about 10 MiB: an empty map is one byte on the wire, 72 in memory."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
REFS = st.integers(0, MAX_REF)
SEQS = st.integers(0, MAX_SEQ)
CURSORS = st.builds(Cursor, st.from_regex(r"[0-9a-z]{1,32}", fullmatch=True), SEQS)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_SEQ, MAX_SEQ) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8
).filter(lambda value: depth_of(value) <= 6)
DATA = st.dictionaries(TEXTS, PLAIN, max_size=4)
OUTCOMES = st.builds(m.Accepted, TEXTS, CURSORS, SEQS) | st.builds(m.Refused, TEXTS, SEQS, TEXTS, st.none() | SEQS)
CLIENT_MESSAGES = st.one_of(
    st.builds(m.Subscribe, REFS, st.lists(st.tuples(TEXTS, st.none() | CURSORS), max_size=8)),
    st.builds(m.Unsubscribe, REFS, st.lists(TEXTS, max_size=8)),
    st.builds(m.SendSignal, TEXTS, TEXTS),
    st.builds(m.Ping, REFS),
)
SERVER_MESSAGES = st.one_of(
    st.builds(m.Hello, DATA),
    st.builds(m.Subscribed, REFS, st.lists(OUTCOMES, max_size=8)),
    st.builds(m.Event, TEXTS, st.integers(1, MAX_SEQ), TEXTS, DATA),
    st.builds(m.Signal, TEXTS, TEXTS, DATA),
    st.builds(m.Reset, TEXTS, CURSORS, TEXTS),
    st.builds(m.Unsubscribed, TEXTS, TEXTS),
    st.builds(m.Error, st.none() | REFS, SEQS, TEXTS, st.none() | SEQS),
    st.builds(m.Drain, SEQS),
    st.builds(m.Pong, REFS),
)


def depth_of(value: Any) -> Any:
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


def on_the_wire(message: Any, encoding: Encoding) -> Any:
    """What a WebSocket library hands over: text for JSON, bytes for msgpack."""
    payload = encode(message, encoding)
    return payload.decode() if encoding.is_text else payload


def decode_or_refuse(data: Any, encoding: Encoding) -> None:
    """The invariant itself, for both directions. What was decoded can be encoded again."""
    for decode in (decode_client_message, decode_server_message):
        try:
            message = decode(data, encoding)
        except DecodeError as error:
            assert error.code in {Code.MALFORMED, Code.TOO_LARGE, Code.UNKNOWN_KIND}  # noqa: PT017  # others fail the test
        else:
            for other in Encoding:
                assert decode(on_the_wire(message, other), other) == message


@ENCODINGS
@given(message=CLIENT_MESSAGES)
def test_client_message_encoded_and_decoded_is_the_same(encoding: Encoding, message: Any) -> None:
    assert decode_client_message(on_the_wire(message, encoding), encoding) == message


@ENCODINGS
@given(message=SERVER_MESSAGES)
def test_server_message_encoded_and_decoded_is_the_same(encoding: Encoding, message: Any) -> None:
    assert decode_server_message(on_the_wire(message, encoding), encoding) == message


@given(SERVER_MESSAGES)
def test_message_transcoded_equals_the_message_encoded(message: Any) -> None:
    payload = encode(message, Encoding.MSGPACK)
    assert transcode(payload, Encoding.MSGPACK) is payload
    assert json.loads(transcode(payload, Encoding.JSON)) == json.loads(encode(message, Encoding.JSON))


@ENCODINGS
@given(data=st.binary(max_size=200))
def test_random_bytes_are_a_message_or_refused(encoding: Encoding, data: Any) -> None:
    decode_or_refuse(data.decode("latin-1") if encoding.is_text else data, encoding)


@given(st.text(max_size=200))
def test_random_text_is_a_message_or_refused(text: str) -> None:
    """Also text with lone surrogates, which no well-behaved WebSocket library hands over."""
    decode_or_refuse(text, Encoding.JSON)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))  # fmt: skip
def test_random_json_is_a_message_or_refused(value: Any) -> None:
    decode_or_refuse(json.dumps(value), Encoding.JSON)


KINDS = sorted({message.kind for message in (*CLIENT_EXAMPLES, *SERVER_EXAMPLES)})


@ENCODINGS
@given(st.lists(PLAIN, max_size=5), st.sampled_from(KINDS))
def test_random_fields_behind_a_known_kind_are_a_message_or_refused(encoding: Encoding, fields: Any, kind: Any) -> None:
    payload = encode_value([kind, *fields], encoding)
    decode_or_refuse(payload.decode() if encoding.is_text else payload, encoding)


@ENCODINGS
@given(
    st.one_of(CLIENT_MESSAGES, SERVER_MESSAGES), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=4)
)
def test_mutated_message_is_a_message_or_refused(encoding: Encoding, message: Any, mutations: Any) -> None:
    payload = bytearray(encode(message, encoding))
    for place, value in mutations:
        payload[place % len(payload)] = value
    decode_or_refuse(payload.decode("utf-8", "replace") if encoding.is_text else bytes(payload), encoding)


@ENCODINGS
@given(st.one_of(CLIENT_MESSAGES, SERVER_MESSAGES), st.data())
def test_message_cut_short_is_refused(encoding: Encoding, message: Any, data: Any) -> None:
    whole = on_the_wire(message, encoding)
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    for decode in (decode_client_message, decode_server_message):
        with pytest.raises(DecodeError):
            decode(part, encoding)


MALFORMED_MSGPACK = {
    "nothing": b"",
    "a scalar": b"\x01",
    "a map": b"\x80",
    "an empty array": b"\x90",
    "two messages": b"\x92\xa4ping\x01" * 2,
    "the byte that is never used": b"\x91\xc1",
    "a kind in binary": b"\x92\xc4\x04ping\x01",
    "empty binary": b"\x93\xa4ping\x01\xc4\x00",
    "empty extension": b"\x93\xa4ping\x01\xc7\x00\x05",
    "an extension": b"\x93\xa4ping\x01\xd4\x05\x00",
    "a timestamp": b"\x93\xa4ping\x01\xd6\xff\x00\x00\x00\x00",
    "NaN": b"\x93\xa4ping\x01\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    "a number for a key": b"\x93\xa4ping\x01\x81\x01\x01",
    "binary for a key": b"\x93\xa4ping\x01\x81\xc4\x01a\x01",
    "a key twice": b"\x93\xa4ping\x01\x82\xa1a\x01\xa1a\x02",
    "text that is no UTF-8": b"\x91\xa2\xc3\x28",
    "an encoded surrogate": b"\x93\xa4ping\x01\xa3\xed\xa0\x80",
    "an integer of 64 bits": b"\x92\xa4ping\xcf" + b"\xff" * 8,
    "an array that claims 2^32 items": b"\xdd\xff\xff\xff\xff",
    "text that claims 2^32 bytes": b"\xdb\xff\xff\xff\xff",
    "a true for a ref": b"\x92\xa4ping\xc3",
    "a float for a ref": b"\x92\xa4ping\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00",
}
MALFORMED_JSON = {
    "nothing": "",
    "a scalar": "1",
    "a map": "{}",
    "an empty array": "[]",
    "two messages": '["ping",1]["ping",1]',
    "a byte order mark": '\ufeff["ping",1]',
    "NaN": '["ping",1,NaN]',
    "infinity by name": '["ping",1,-Infinity]',
    "infinity by size": '["ping",1,1e999]',
    "an integer beyond 53 bits": '["ping",1,9007199254740992]',
    "an integer of 5,000 digits": f'["ping",1,{"9" * 5000}]',
    "a key twice": '["ping",1,{"a":1,"a":2}]',
    "half of a surrogate pair": '["ping",1,"\\ud800"]',
    "half of a surrogate pair for a key": '["ping",1,{"\\udfff":1}]',
    "half of a surrogate pair, raw": '["ping",1,"\ud800"]',
    "a control character in a text": '["ping",1,"\x00"]',
    "a trailing comma": '["ping",1,]',
    "a true for a ref": '["ping",true]',
    "a float for a ref": '["ping",1.0]',
    "a negative ref": '["ping",-1]',
}


@pytest.mark.parametrize("data", MALFORMED_MSGPACK.values(), ids=MALFORMED_MSGPACK.keys())
def test_msgpack_that_is_no_message_is_malformed(data: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_client_message(data, Encoding.MSGPACK)
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize("data", MALFORMED_JSON.values(), ids=MALFORMED_JSON.keys())
def test_json_that_is_no_message_is_malformed(data: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_client_message(data, Encoding.JSON)
    assert caught.value.code is Code.MALFORMED


def test_frame_of_the_other_type_is_malformed() -> None:
    for data, encoding in (('["ping",1]', Encoding.MSGPACK), (b'["ping",1]', Encoding.JSON)):
        with pytest.raises(DecodeError) as caught:
            decode_client_message(data, encoding)
        assert caught.value.code is Code.MALFORMED


def padded_ping(total_bytes: int, encoding: Encoding) -> Any:
    """A ping with a further field, which is ignored, of just the length that is asked for."""
    padding = total_bytes - len(encode_value(["ping", 1, "x" * 40_000], encoding)) + 40_000
    payload = encode_value(["ping", 1, "x" * padding], encoding)
    assert len(payload) == total_bytes
    return payload.decode() if encoding.is_text else payload


@ENCODINGS
def test_message_at_the_limit_is_read_and_one_byte_more_is_too_large(encoding: Encoding) -> None:
    at_limit = padded_ping(MAX_CLIENT_MESSAGE_BYTES, encoding)
    assert decode_client_message(at_limit, encoding) == m.Ping(1)
    with pytest.raises(DecodeError) as caught:
        decode_client_message(padded_ping(MAX_CLIENT_MESSAGE_BYTES + 1, encoding), encoding)
    assert caught.value.code is Code.TOO_LARGE


def test_limit_of_json_counts_bytes_not_characters() -> None:
    text = '["ping",1,"' + "é" * (MAX_CLIENT_MESSAGE_BYTES // 2) + '"]'
    assert len(text) < MAX_CLIENT_MESSAGE_BYTES
    with pytest.raises(DecodeError) as caught:
        decode_client_message(text, Encoding.JSON)
    assert caught.value.code is Code.TOO_LARGE


def wide_msgpack(unit: bytes) -> Any:
    """As many arrays of 512 units as fit a message of a client."""
    body = b"\xdc\x02\x00" + unit * 512
    count = (MAX_CLIENT_MESSAGE_BYTES - 3) // len(body)
    return b"\xdc" + count.to_bytes(2, "big") + body * count


FULL = MAX_CLIENT_MESSAGE_BYTES
HOSTILE = {
    "arrays in arrays that each claim 512 items": b"\xdc\x02\x00" * (FULL // 3),
    "arrays in arrays that each claim 4,096 items": b"\xdc\x10\x00" * (FULL // 3),
    "arrays in arrays that each claim 65,535 items": b"\xdc\xff\xff" * (FULL // 3),
    "maps in maps that each claim 256 fields": b"\xde\x01\x00\xa1a" * (FULL // 5),
    "arrays of one in arrays of one": b"\x91" * FULL,
    "empty maps": wide_msgpack(b"\x80"),
    "empty arrays": wide_msgpack(b"\x90"),
    "maps of one empty map": wide_msgpack(b"\x81\xa0\x80"),
    "many maps, then a bomb": b"\x92" + wide_msgpack(b"\x80")[: FULL - 4000] + b"\xdc\x02\x00" * 1000,
    "short texts": wide_msgpack(b"\xa2\xc3\xa9"),
    "numbers": wide_msgpack(b"\xcd\x01\x01"),
    "JSON arrays in arrays": "[" * FULL,
    "JSON maps in maps": '{"":' * (FULL // 4),
    "JSON empty maps": "[" + "{}," * (FULL // 3 - 2) + "{}]",
    "JSON empty arrays": "[" + "[]," * (FULL // 3 - 2) + "[]]",
    "JSON maps of one": "[" + '{"":0},' * (FULL // 7 - 2) + "{}]",
    "JSON short texts": "[" + '"\\u00e9",' * (FULL // 9 - 2) + "0]",
    "JSON one wide character": '["ping",1,"' + "a" * (FULL - 30) + '😀"]',
    "JSON digits": '["ping",' + "9" * (FULL - 20) + "]",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_message_takes_bounded_memory_and_leaves_none(data: Any) -> None:
    """Without the limit on what a msgpack header may claim, 3 KB of nested arrays reserved 33 MB (msgpack 1.2)."""
    assert len(data) <= FULL
    encoding = Encoding.JSON if isinstance(data, str) else Encoding.MSGPACK
    tracemalloc.start()
    try:
        decode_quietly(data, encoding)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        decode_quietly(data, encoding)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < MAX_DECODING_BYTES
    assert after - before < FULL


def decode_quietly(data: Any, encoding: Encoding) -> None:
    try:
        decode_client_message(data, encoding)
    except DecodeError:
        return


UNREADABLE = [b"", b"\xc1", b"\x91\xd4\x05\x00", b"\x91\xa2\xc3\x28", b"x" * (MAX_SERVER_MESSAGE_BYTES + 1)]


@pytest.mark.parametrize("payload", UNREADABLE)
def test_payload_that_cannot_be_transcoded_is_a_decode_error(payload: bytes) -> None:
    """It came through a broker: the hub then reads the log."""
    with pytest.raises(DecodeError):
        transcode(payload, Encoding.JSON)


def test_encoding_is_the_first_of_ours_that_was_offered() -> None:
    assert choose_encoding(["graphql-ws", "tertulia.v1.json", "tertulia.v1.msgpack"]) is Encoding.JSON
    assert choose_encoding(["tertulia.v1.msgpack"]) is Encoding.MSGPACK
    assert choose_encoding(["tertulia.v2.msgpack"]) is None
    assert choose_encoding([]) is None


def test_value_that_is_not_plain_cannot_be_encoded() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_value([float("nan")], Encoding.JSON)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        encode_value([2**70], Encoding.MSGPACK)


def test_integers_are_as_short_as_msgpack_allows() -> None:
    """Other languages read integers, not floats, whatever the size."""
    payload = encode(m.Drain(1_763_884_800_000), Encoding.MSGPACK)
    assert payload == b"\x92\xa5drain\xcf" + (1_763_884_800_000).to_bytes(8, "big")
    assert msgpack.unpackb(payload) == ["drain", 1_763_884_800_000]
