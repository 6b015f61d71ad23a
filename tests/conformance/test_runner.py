"""The runner must see what is wrong: it plays against servers that are."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tertulia_wire.codec import Encoding, decode_client_message, encode, encode_value
from tertulia_wire.errors import DecodeError
from tertulia_wire.hello import hello_data
from tertulia_wire.messages import Error, Hello, Ping, Pong
from tests.conformance.runner import Failed, main, play

HELLO = Hello({**hello_data(heartbeat_ms=25_000, member=None)})
Handler = Callable[[ServerConnection], None]


@contextmanager
def serving(handler: Handler, subprotocol: Encoding = Encoding.JSON) -> Iterator[str]:
    """A server of one handler, in a thread; its URL."""
    with serve(handler, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol.value)]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/live"
        finally:
            server.shutdown()
            thread.join()


def say(connection: ServerConnection, *messages: Any) -> None:
    for message in messages:
        connection.send(encode(message, Encoding.JSON).decode())


def answer(connection: ServerConnection) -> None:
    """A server that knows hello, ping and error."""
    say(connection, HELLO)
    for data in connection:
        try:
            message = decode_client_message(data, Encoding.JSON)
        except DecodeError as error:
            say(connection, Error(error.ref, int(error.code), str(error)))
        else:
            assert isinstance(message, Ping)
            say(connection, Pong(message.ref))


def transcript(*steps: dict[str, Any]) -> dict[str, Any]:
    connect = {"do": "connect", "subprotocols": [{"$saved": "encoding"}]}
    return {"name": "one", "encodings": [Encoding.JSON.value], "steps": [connect, *steps]}


def expect(message: Any, **more: Any) -> dict[str, Any]:
    return {"do": "expect", "message": message, **more}


def play_one(handler: Handler, *steps: dict[str, Any]) -> None:
    with serving(handler) as url:
        play(url, transcript(*steps), Encoding.JSON.value, channel="site", timeout_s=1)


PING = {"do": "send", "message": ["ping", 5]}


def test_conversation_as_written_passes() -> None:
    play_one(
        answer,
        expect(["hello", {"server": {"$type": "text"}, "limits": {"message_burst": {"$save": "burst"}}}]),
        {"do": "send", "message": ["ping", {"$saved": "burst"}]},
        expect(["pong", {"$saved": "burst"}]),
        {"do": "send", "message": ["ping", {"$plus": ["burst", 1]}], "times": 2},
        expect(["pong", {"$plus": ["burst", 1]}]),
        {"do": "send_frame", "frames": {Encoding.JSON.value: {"text": "[1]"}}},
        expect(["error", None, 4200, {"$type": "text"}, None], skip=["pong"]),
    )


@pytest.mark.parametrize(
    "steps",
    [
        [expect(["pong", 5])],
        [expect(["hello", {"protocol": 2}])],
        [expect(["hello", {"protocol": True}])],
        [expect(["hello", {"nothing": 1}])],
        [expect(["hello", {"server": {"$type": "integer"}}])],
        [expect(["hello"]), PING, expect(["pong", 6])],
        [expect(["hello"]), PING, expect(["pong", 5, {}])],
        [expect(["hello"]), expect(["pong", 5])],
        [expect(["hello"]), {"do": "expect_close", "codes": [4200]}],
        [{"do": "expect_refusal", "statuses": [400]}],
        [{"do": "dance"}],
    ],
    ids=repr,
)
def test_conversation_that_goes_otherwise_fails(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(Failed):
        play_one(answer, *steps)


def close_at_once(connection: ServerConnection) -> None:
    connection.close(4200, "no")


def test_close_with_the_code_passes() -> None:
    play_one(close_at_once, {"do": "expect_close", "codes": [4200]})


def test_close_in_place_of_a_message_ends_the_transcript_where_it_may() -> None:
    play_one(close_at_once, expect(["hello"], or_close=[4200]), {"do": "dance"})


@pytest.mark.parametrize(
    "step", [{"do": "expect_close", "codes": [4201]}, expect(["hello"], or_close=[1009])], ids=repr
)
def test_close_otherwise_fails(step: dict[str, Any]) -> None:
    with pytest.raises(Failed, match="4200"):
        play_one(close_at_once, step)


def test_send_after_a_close_fails() -> None:
    close = {"do": "expect_close", "codes": [4200]}
    with pytest.raises(Failed, match="closed before"):
        play_one(close_at_once, close, PING)


def talk_nonsense(connection: ServerConnection) -> None:
    connection.send(encode_value({"no": "array"}, Encoding.JSON).decode())


def test_server_that_sends_no_message_fails() -> None:
    with pytest.raises(Failed, match="no message"):
        play_one(talk_nonsense, expect(["hello"]))


def test_server_that_chooses_another_subprotocol_fails() -> None:
    offer = {"do": "connect", "subprotocols": [Encoding.JSON.value, Encoding.MSGPACK.value]}
    with serving(answer, Encoding.MSGPACK) as url, pytest.raises(Failed, match="chose"):
        play(url, {"steps": [offer]}, Encoding.JSON.value, channel="site")


def test_handshake_that_is_refused_is_seen() -> None:
    unknown = {"do": "connect", "subprotocols": ["tertulia.v9.json"]}
    with serving(answer) as url:
        refused = {"do": "expect_refusal", "statuses": [400]}
        play(url, {"steps": [unknown, refused]}, Encoding.JSON.value, channel="site")
        with pytest.raises(Failed, match="not connected"):
            play(url, {"steps": [unknown, PING]}, Encoding.JSON.value, channel="site")


def test_runner_of_a_server_that_fails_says_so_and_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(close_at_once) as url:
        assert main(["--url", url, "hello"]) == 1
    assert "FAILED, step 2" in capsys.readouterr().out


def drop(connection: ServerConnection) -> None:
    connection.socket.close()


def test_connection_that_drops_fails() -> None:
    with pytest.raises((Failed, ConnectionClosed)):
        play_one(drop, expect(["hello"]))
