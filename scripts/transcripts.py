"""The conformance transcripts: conversations that any server of the protocol must hold.

Their format is told in tests/conformance/README.md.

Messages are made by the protocol package, so that a transcript cannot say what the codec would not.
"""

from __future__ import annotations

from typing import Any, Final

from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import RESET_AHEAD, RESET_EPOCH
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES, MAX_SEQ, MAX_SUBSCRIPTIONS_PER_MESSAGE
from tertulia_wire.shapes import to_array
from tertulia_wire.version import PROTOCOL_VERSION

Step = dict[str, Any]
MSGPACK: Final = Encoding.MSGPACK.value
JSON: Final = Encoding.JSON.value
CHANNEL: Final = {"$saved": "channel"}
TEXT: Final = {"$type": "text"}
INTEGER: Final = {"$type": "integer"}
NOWHERE: Final = f"thread:{MAX_SEQ}"
CONNECT: Final[list[Step]] = [{"do": "connect", "subprotocols": [{"$saved": "encoding"}]}]
CLOSE_TOO_BIG: Final = 1009
"""RFC 6455 section 7.4.1."""

REFUSED_STATUSES: Final = [Code.PROTOCOL_UNSUPPORTED.status, Code.FORBIDDEN.status]
"""A server that cannot give a reason with its refusal answers 403, as plain ASGI does."""


def transcripts() -> list[dict[str, Any]]:
    """All of them, each with its name, what it shows, the encodings to play it in, and its steps."""
    return [*_greetings(), *_handshakes(), *_subscriptions(), *_cursors(), *_faults(), *_bounds()]


def _transcript(name: str, about: str, steps: list[Step], encodings: tuple[str, ...] = (MSGPACK, JSON)) -> Step:
    return {"name": name, "about": about, "encodings": list(encodings), "steps": steps}


def _live(name: str, about: str, *steps: Step, encodings: tuple[str, ...] = (MSGPACK, JSON)) -> Step:
    """A transcript that begins with a connection and its hello."""
    return _transcript(name, about, [*CONNECT, _expect(["hello", {"protocol": PROTOCOL_VERSION}]), *steps], encodings)


def _send(message: m.ClientMessage | list[Any], times: Any = 1) -> Step:
    array = message if isinstance(message, list) else to_array(message)
    return {"do": "send", "message": array} | ({} if times == 1 else {"times": times})


def _send_frame(times: int = 1, **frames: Any) -> Step:
    """The same fault in each encoding: ``msgpack`` and ``json``, as {"hex"}, {"text"} or {"repeat", "bytes"}."""
    by_encoding = {MSGPACK: frames.get("msgpack"), JSON: frames.get("json")}
    step = {"do": "send_frame", "frames": {name: frame for name, frame in by_encoding.items() if frame}}
    return step | ({} if times == 1 else {"times": times})


def _expect(pattern: list[Any], skip: tuple[str, ...] = ()) -> Step:
    return {"do": "expect", "message": pattern} | ({"skip": list(skip)} if skip else {})


def _expect_error(ref: Any, code: Code, retry_after: Any = None, skip: tuple[str, ...] = ()) -> Step:
    return _expect(["error", ref, int(code), TEXT, retry_after], skip)


def _still_alive(ref: int = 99) -> tuple[Step, Step]:
    return _send(m.Ping(ref)), _expect(to_array(m.Pong(ref)))


def _subscribe(ref: int, *items: list[Any]) -> Step:
    return _send(["subscribe", ref, list(items)])


def _accepted(ref: int, *outcomes: list[Any]) -> Step:
    return _expect(["subscribed", ref, list(outcomes)])


def _refused(channel: Any, code: Code) -> list[Any]:
    return [channel, [int(code), TEXT, None]]


SAVE_NOW: Final = [CHANNEL, [{"$save": "epoch"}, {"$save": "head"}], {"$saved": "head"}]
"""Accepted from now: the cursor is the head."""


def _greetings() -> list[Step]:
    limits = dict.fromkeys(("message_bytes", "messages_per_s", "message_burst", "subscriptions"), INTEGER)
    hello = {"server": TEXT, "protocol": PROTOCOL_VERSION, "heartbeat_ms": INTEGER, "limits": limits, "member": None}
    return [
        _transcript("hello", "The first message of a connection is hello.", [*CONNECT, _expect(["hello", hello])]),
        _live("ping", "A ping is answered by a pong with its ref.", *_still_alive(0), *_still_alive(2**31 - 1)),
        _live(
            "later-fields",
            "Items that a later client adds to the end of an array are ignored.",
            _send(["ping", 1, {"later": [1, None]}]),
            _expect(["pong", 1]),
        ),
    ]


def _handshakes() -> list[Step]:
    both = {"do": "connect", "subprotocols": ["tertulia.v9.json", {"$saved": "encoding"}]}
    refused: Step = {"do": "expect_refusal", "statuses": REFUSED_STATUSES}
    wrong_token = {"do": "connect", "subprotocols": [JSON], "headers": {"Authorization": "Bearer wrong"}}
    unauthenticated: Step = {"do": "expect_refusal", "statuses": [Code.UNAUTHENTICATED.status, Code.FORBIDDEN.status]}
    return [
        _transcript("subprotocol-none", "Who offers no subprotocol is refused.", [{"do": "connect"}, refused], (JSON,)),
        _transcript(
            "subprotocol-unknown",
            "Who offers none of ours is refused.",
            [{"do": "connect", "subprotocols": ["tertulia.v9.json"]}, refused],
            (JSON,),
        ),
        _transcript(
            "subprotocol-several",
            "Of several subprotocols the first that the server knows is taken.",
            [both, _expect(["hello", {"protocol": PROTOCOL_VERSION}]), *_still_alive()],
        ),
        _transcript(
            "token-wrong", "A token that does not hold makes no guest.", [wrong_token, unauthenticated], (JSON,)
        ),
    ]


def _subscriptions() -> list[Step]:
    return [
        _live(
            "subscribe-unknown",
            "A channel that is not there, or not for this visitor, is refused by itself; the others are followed.",
            _subscribe(1, [NOWHERE, None], ["nothing", None], ["thread:01", None], ["member:1", None], [CHANNEL, None]),
            _accepted(
                1, *(_refused(name, Code.UNKNOWN_CHANNEL) for name in (NOWHERE, "nothing", "thread:01", "member:1")),
                SAVE_NOW,
            ),
        ),
        _live(
            "subscribe-twice",
            "A channel is followed once per connection; the first subscription stays.",
            _subscribe(1, [CHANNEL, None], [CHANNEL, None]),
            _accepted(1, SAVE_NOW, _refused(CHANNEL, Code.ALREADY_SUBSCRIBED)),
            _subscribe(2, [CHANNEL, None]),
            _accepted(2, _refused(CHANNEL, Code.ALREADY_SUBSCRIBED)),
            _send(["unsubscribe", 3, [CHANNEL]]),
            _expect(["unsubscribed", CHANNEL, "asked"]),
        ),
        _live(
            "unsubscribe",
            "What was left can be followed again; what is not followed cannot be left.",
            _subscribe(1, [CHANNEL, None]),
            _accepted(1, SAVE_NOW),
            _send(["unsubscribe", 2, [CHANNEL]]),
            _expect(["unsubscribed", CHANNEL, "asked"]),
            _send(["unsubscribe", 3, [CHANNEL]]),
            _expect_error(3, Code.NOT_SUBSCRIBED),
            _subscribe(4, [CHANNEL, None]),
            _accepted(4, SAVE_NOW),
        ),
        _live(
            "signal-not-followed",
            "Signals go to channels that one follows.",
            _send(["signal", CHANNEL, "typing"]),
            _expect_error(None, Code.NOT_SUBSCRIBED),
        ),
        _live(
            "signal-unknown",
            "A server relays only signals that it knows.",
            _subscribe(1, [CHANNEL, None]),
            _accepted(1, SAVE_NOW),
            _send(["signal", CHANNEL, "no-such-signal"]),
            _expect_error(None, Code.INVALID),
        ),
    ]  # fmt: skip


def _cursors() -> list[Step]:
    saved_cursor = [{"$saved": "epoch"}, {"$saved": "head"}]
    ahead = [{"$saved": "epoch"}, {"$plus": ["head", 1_000_000]}]
    now = [{"$saved": "epoch"}, INTEGER]
    leave = [_send(["unsubscribe", 2, [CHANNEL]]), _expect(["unsubscribed", CHANNEL, "asked"])]
    return [
        _live(
            "cursor-at-head",
            "A cursor at the head goes on from there.",
            _subscribe(1, [CHANNEL, None]), _accepted(1, SAVE_NOW), *leave,
            _subscribe(3, [CHANNEL, saved_cursor]), _accepted(3, [CHANNEL, saved_cursor, INTEGER]),
        ),
        _live(
            "cursor-ahead",
            "Beyond the head nothing can be promised: start over.",
            _subscribe(1, [CHANNEL, None]), _accepted(1, SAVE_NOW), *leave,
            _subscribe(3, [CHANNEL, ahead]), _accepted(3, [CHANNEL, now, INTEGER]),
            _expect(["reset", CHANNEL, now, RESET_AHEAD]),
        ),
        _live(
            "cursor-of-another-log",
            "Another epoch is another log: start over.",
            _subscribe(1, [CHANNEL, ["anotherepoch", 0]]),
            _accepted(1, [CHANNEL, [{"$save": "epoch"}, INTEGER], INTEGER]),
            _expect(["reset", CHANNEL, now, RESET_EPOCH]),
        ),
    ]  # fmt: skip


def _faults() -> list[Step]:
    broken: dict[str, Any] = {"msgpack": {"hex": "92a470696e67c1"}, "json": {"text": '["ping",'}}
    malformed = _expect_error(None, Code.MALFORMED)
    return [
        _live(
            "malformed",
            "A message that cannot be read is answered by an error; the connection goes on.",
            _send_frame(**broken), malformed, *_still_alive(),
            _send_frame(msgpack={"hex": ""}, json={"text": ""}), malformed, *_still_alive(),
            _send_frame(msgpack={"hex": "80"}, json={"text": "{}"}), malformed, *_still_alive(),
            _send_frame(msgpack={"hex": "93a470696e6701c70005"}, json={"text": '["ping",1,NaN]'}),
            malformed, *_still_alive(),
        ),
        _live(
            "malformed-until-closed",
            "Who goes on sending what cannot be read is closed.",
            _send_frame(20, **broken),
            {"do": "expect_close", "codes": [int(Code.MALFORMED)], "skip": ["error"]},
        ),
        _live(
            "frame-of-other-type",
            "msgpack travels in binary frames, JSON in text frames.",
            _send_frame(msgpack={"text": '["ping",1]'}, json={"hex": "92a470696e6701"}), malformed, *_still_alive(),
        ),
        _live(
            "kind-unknown",
            "An unknown kind is an error that names the ref.",
            _send(["dance", 7]), _expect_error(7, Code.UNKNOWN_KIND), *_still_alive(),
        ),
        _live(
            "fields-wrong",
            "A field of the wrong type is an error that names the ref where it can be read.",
            _send(["subscribe", 5, "site"]), _expect_error(5, Code.MALFORMED),
            _send(["subscribe", 6, [[CHANNEL, ["NO EPOCH", 1]]]]), _expect_error(6, Code.MALFORMED),
            _send(["ping", True]), malformed, _send(["ping", -1]), malformed, *_still_alive(),
        ),
    ]  # fmt: skip


def _bounds() -> list[Step]:
    large = {"repeat": "5b", "bytes": MAX_CLIENT_MESSAGE_BYTES + 1}
    too_many = [[f"thread:{number}", None] for number in range(1, MAX_SUBSCRIPTIONS_PER_MESSAGE + 2)]
    burst_of_pings = _send(m.Ping(1), times={"$plus": ["burst", 3]})
    save_burst = _expect(["hello", {"limits": {"message_burst": {"$save": "burst"}}}])
    return [
        _live(
            "too-large",
            "A message beyond the limit is an error, or closes the connection where it is not even read.",
            _send_frame(msgpack=large, json=large),
            _expect_error(None, Code.TOO_LARGE) | {"or_close": [CLOSE_TOO_BIG]}, *_still_alive(),
        ),
        _live(
            "too-deep",
            "Nesting beyond the limit is an error.",
            _send_frame(msgpack={"repeat": "91", "bytes": 5000}, json={"repeat": "5b", "bytes": 5000}),
            _expect_error(None, Code.MALFORMED), *_still_alive(),
        ),
        _live(
            "too-many-channels",
            "One message names a bounded number of channels.",
            _send(["subscribe", 1, too_many]), _expect_error(1, Code.TOO_LARGE), *_still_alive(),
        ),
        _transcript(
            "too-fast",
            "Who sends faster than the limits in hello is told when to go on.",
            [*CONNECT, save_burst, burst_of_pings, _expect_error(1, Code.RATE_LIMITED, INTEGER, skip=("pong",))],
        ),
    ]  # fmt: skip
