"""Plays conformance transcripts against a server.

python tests/conformance/runner.py --url ws://127.0.0.1:8000/live [--channel thread:1] [NAME ...]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tertulia_wire.codec import Encoding, decode_server_message, encode_value
from tertulia_wire.errors import DecodeError
from tertulia_wire.shapes import to_array

TRANSCRIPTS: Final = Path(__file__).parent / "transcripts"
PASSED_OVER: Final = frozenset({"event", "signal"})
TYPES: Final = {"integer": int, "text": str, "map": dict, "array": list}


class Failed(Exception):
    """The server did something else than the transcript says."""


class Player:
    """One transcript in one encoding. A context: leaving it closes the connection."""

    def __init__(self, url: str, encoding: Encoding, *, channel: str, timeout_s: float = 10.0) -> None:
        self._url = url
        self._encoding = encoding
        self._timeout_s = timeout_s
        self._saved: dict[str, Any] = {"channel": channel, "encoding": encoding.value}
        self._open = ExitStack()
        self._connection: ClientConnection | None = None
        self._refused_status: int | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def play(self, steps: list[dict[str, Any]]) -> None:
        """`Failed` at the first step that does not go as written."""
        for place, step in enumerate(steps):
            if self._is_over:
                return
            try:
                self._take(step)
            except Failed as failure:
                raise Failed(f"step {place + 1} ({step['do']}): {failure}") from None

    def _take(self, step: dict[str, Any]) -> None:
        match step["do"]:
            case "connect":
                self._connect(step)
            case "send":
                self._send(self._encoded(self._filled(step["message"])), step)
            case "send_frame":
                self._send(self._frame(step["frames"][self._encoding.value]), step)
            case "expect":
                self._expect(step, PASSED_OVER | set(step.get("skip", [])))
            case "expect_close":
                self._expect_close(step["codes"], PASSED_OVER | set(step.get("skip", [])))
            case "expect_refusal":
                if self._refused_status not in step["statuses"]:
                    raise Failed(f"answered {self._refused_status}, expected one of {step['statuses']}")
            case other:
                raise Failed(f"unknown step {other!r}")

    def _connect(self, step: dict[str, Any]) -> None:
        subprotocols = [Subprotocol(name) for name in self._filled(step.get("subprotocols", []))]
        try:
            self._connection = self._open.enter_context(
                connect(
                    self._url,
                    subprotocols=subprotocols or None,
                    additional_headers=step.get("headers"),
                    compression=None,
                    open_timeout=self._timeout_s,
                    close_timeout=self._timeout_s,
                )
            )
        except InvalidStatus as refusal:
            self._refused_status = refusal.response.status_code
            return
        if self._connection.subprotocol != self._encoding.value:
            raise Failed(f"chose the subprotocol {self._connection.subprotocol!r}")

    def _encoded(self, value: Any) -> bytes | str:
        payload = encode_value(value, self._encoding)
        return payload.decode() if self._encoding.is_text else payload

    def _frame(self, frame: dict[str, Any]) -> bytes | str:
        if "text" in frame:
            return str(frame["text"])
        if "repeat" in frame:
            payload: bytes = bytes.fromhex(frame["repeat"]) * frame["bytes"]
            return payload.decode() if self._encoding.is_text else payload
        return bytes.fromhex(frame["hex"])

    def _send(self, frame: bytes | str, step: dict[str, Any]) -> None:
        connection = self._connected()
        try:
            for _ in range(self._filled(step.get("times", 1))):
                connection.send(frame)
        except ConnectionClosed:
            if step.get("times", 1) == 1:
                raise Failed("the connection was closed before") from None

    def _expect(self, step: dict[str, Any], skip: frozenset[str]) -> None:
        pattern = step["message"]
        try:
            message = next(
                message for message in self._messages() if message[0] == pattern[0] or message[0] not in skip
            )
        except StopIteration:
            if self._close_code() in step.get("or_close", []):
                self._is_over = True
                return
            raise Failed(f"closed with {self._close_code()}, expected {pattern}") from None
        if not self._matches(pattern, message):
            raise Failed(f"got {message}, expected {pattern}")

    def _expect_close(self, codes: list[int], skip: frozenset[str]) -> None:
        message = next((message for message in self._messages() if message[0] not in skip), None)
        if message is not None:
            raise Failed(f"got {message}, expected a close")
        if self._close_code() not in codes:
            raise Failed(f"closed with {self._close_code()}, expected one of {codes}")

    def _messages(self) -> Iterator[list[Any]]:
        """What arrives, until the connection is closed."""
        connection = self._connected()
        while True:
            try:
                data = connection.recv(timeout=self._timeout_s)
            except TimeoutError:
                raise Failed(f"nothing came in {self._timeout_s} s") from None
            except ConnectionClosed:
                return
            try:
                yield to_array(decode_server_message(data, self._encoding))
            except DecodeError as error:
                raise Failed(f"sent what is no message ({error}): {data!r}") from None

    def _connected(self) -> ClientConnection:
        if self._connection is None:
            raise Failed(f"not connected; the handshake was answered {self._refused_status}")
        return self._connection

    def _close_code(self) -> int | None:
        return self._connected().close_code

    def _filled(self, value: Any) -> Any:
        """The value with everything saved put in."""
        match value:
            case {"$saved": str(name)}:
                return self._saved[name]
            case {"$plus": [str(name), int(number)]}:
                return self._saved[name] + number
            case list():
                return [self._filled(item) for item in value]
        return value

    def _matches(self, pattern: Any, value: Any) -> bool:
        match self._filled(pattern) if isinstance(pattern, dict) else pattern:
            case {"$type": str(name)}:
                return type(value) is TYPES[name]
            case {"$save": str(name)}:
                self._saved[name] = value
                return True
            case list(items):
                is_long_enough = isinstance(value, list) and len(value) >= len(items)
                return is_long_enough and all(map(self._matches, items, value))
            case dict(fields):
                return isinstance(value, dict) and all(
                    name in value and self._matches(field, value[name]) for name, field in fields.items()
                )
            case literal:
                return type(literal) is type(value) and bool(literal == value)


def load(names: list[str]) -> list[dict[str, Any]]:
    """The transcripts of these names, or all."""
    paths = [TRANSCRIPTS / f"{name}.json" for name in names] or sorted(TRANSCRIPTS.glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def play(url: str, transcript: dict[str, Any], subprotocol: str, *, channel: str, timeout_s: float = 10.0) -> None:
    """One transcript in one of its encodings; `Failed` says where it went otherwise."""
    with Player(url, Encoding(subprotocol), channel=channel, timeout_s=timeout_s) as player:
        player.play(transcript["steps"])


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 1 if a transcript failed."""
    parser = argparse.ArgumentParser(description="Play conformance transcripts against a server.")
    parser.add_argument("--url", required=True, help="ws://HOST:PORT/live")
    parser.add_argument("--channel", default="site", help="a channel that a guest may follow")
    parser.add_argument("names", nargs="*", help="transcripts to play; all if none is named")
    options = parser.parse_args(arguments)
    failed_count = 0
    for transcript in load(options.names):
        for subprotocol in transcript["encodings"]:
            outcome = "ok"
            try:
                play(options.url, transcript, subprotocol, channel=options.channel)
            except Failed as failure:
                failed_count += 1
                outcome = f"FAILED, {failure}"
            sys.stdout.write(f"{transcript['name']} in {subprotocol}: {outcome}\n")
    return 1 if failed_count else 0


if __name__ == "__main__":
    sys.exit(main())
