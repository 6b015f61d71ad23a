"""What the TypeScript client is tested against comes from the Python codec, so that the two cannot drift apart.

``python tests/client/js/test_vectors.py`` writes the file anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import msgpack

from tertulia_wire import limits
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, encode, encode_value
from tertulia_wire.codes import Code, action_of
from tertulia_wire.cursors import Cursor
from tertulia_wire.events import key_hash
from tertulia_wire.examples import CLIENT_EXAMPLES, EVENT_EXAMPLES, SERVER_EXAMPLES, event_example

VECTORS: Final = Path(__file__).parents[3] / "client" / "js" / "test" / "vectors.json"

FOREIGN_CODES: Final = (0, 999, 1000, 1006, 1012, 4099, 4199, 4299, 4399, 4400, 4999)

FURTHER_SERVER_MESSAGES: Final[tuple[m.ServerMessage, ...]] = (
    m.Event("thread:1", limits.MAX_SEQ, "void", {}),
    m.Event("forum:3", 65_536, "post.created", {"text": "ñandú 🦤 " * 40, "counts": [0, -1, 127, 128, -33, 2**40]}),
    m.Subscribed(limits.MAX_REF, [m.Accepted("site", Cursor("a", 0), 0)]),
    m.Error(None, 4999, "", None),
    m.Reset("site", Cursor("0" * limits.MAX_EPOCH_CHARS, 0), "epoch"),
)

FURTHER_CLIENT_MESSAGES: Final[tuple[m.ClientMessage, ...]] = (
    m.Subscribe(limits.MAX_REF, [(f"thread:{number}", Cursor("e1", 2**number)) for number in range(1, 53)]),
    m.Ping(0),
)

DEEP: Final[list[Any]] = [[[[[[[[[[]]]]]]]]]]

NOT_MESSAGES: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "one byte that msgpack never uses": b"\xc1",
    "cut short": encode(m.Pong(7), Encoding.MSGPACK)[:-1],
    "one message and a byte": encode(m.Pong(7), Encoding.MSGPACK) + b"\x00",
    "a map": encode_value({"kind": "pong"}, Encoding.MSGPACK),
    "an empty array": encode_value([], Encoding.MSGPACK),
    "a kind that is a number": encode_value([7, 1], Encoding.MSGPACK),
    "a kind of nobody": encode_value(["greet", 1], Encoding.MSGPACK),
    "a kind that every object has": encode_value(["constructor", 1], Encoding.MSGPACK),
    "too few fields": encode_value(["event", "thread:1", 1], Encoding.MSGPACK),
    "a seq below zero": encode_value(["event", "thread:1", -1, "void", {}], Encoding.MSGPACK),
    "a seq beyond 53 bits": encode_value(["event", "thread:1", 2**53, "void", {}], Encoding.MSGPACK),
    "a seq that is a fraction": encode_value(["event", "thread:1", 1.5, "void", {}], Encoding.MSGPACK),
    "data that is no map": encode_value(["event", "thread:1", 1, "void", []], Encoding.MSGPACK),
    "an epoch in capitals": encode_value(["reset", "thread:1", ["E1", 1], "epoch"], Encoding.MSGPACK),
    "a name that is too long": encode_value(["event", "thread:1", 1, "n" * 65, {}], Encoding.MSGPACK),
    "a claim of four thousand million items": b"\xdd\xff\xff\xff\xff",
    "bytes": msgpack.packb(["event", "thread:1", 1, "void", {"raw": b"\x00"}]),
    "an extension": msgpack.packb(["event", "thread:1", 1, "void", {"time": msgpack.ExtType(5, b"abcd")}]),
    "a key that is a number": msgpack.packb(["event", "thread:1", 1, "void", {1: 1}]),
    "too deep": encode_value(["event", "thread:1", 1, "void", {"deep": DEEP}], Encoding.MSGPACK),
}


def build_vectors() -> dict[str, Any]:
    """Everything as plain JSON; bytes as hex."""
    server_messages = [*SERVER_EXAMPLES, *map(event_example, EVENT_EXAMPLES), *FURTHER_SERVER_MESSAGES]
    return {
        "limits": {name: value for name, value in vars(limits).items() if name.isupper()},
        "codes": [{"name": code.name, "number": int(code), "action": code.action.value} for code in Code],
        "foreign_codes": [{"number": number, "action": action_of(number).value} for number in FOREIGN_CODES],
        "key_hashes": [{"key": key, "hash": key_hash(key)} for key in ("12345678", "2f6c1f0e9b7d4a55", "ñ" * 30)],
        "server_messages": [_vector(message) for message in server_messages],
        "client_messages": [_vector(message) for message in (*CLIENT_EXAMPLES, *FURTHER_CLIENT_MESSAGES)],
        "not_messages": [{"what": what, "hex": raw.hex()} for what, raw in NOT_MESSAGES.items()],
    }


def _vector(message: m.Message) -> dict[str, Any]:
    return {"hex": encode(message, Encoding.MSGPACK).hex(), "message": _plain(message)}


def _plain(value: Any) -> Any:
    """As the TypeScript client holds it: fields of ours in camel case, data as they are."""
    if isinstance(value, Cursor):
        return {"epoch": value.epoch, "seq": value.seq}
    if is_dataclass(value):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        return kind | {_camel(field.name): _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, Code) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _text() -> str:
    return json.dumps(build_vectors(), ensure_ascii=False, indent=1) + "\n"


def test_vectors_are_what_the_codec_makes_today() -> None:
    assert json.loads(VECTORS.read_text(encoding="utf-8")) == json.loads(_text()), f"run: python {Path(__file__).name}"


if __name__ == "__main__":
    VECTORS.write_text(_text(), encoding="utf-8")
