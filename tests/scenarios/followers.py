"""Readers of a channel that outlive their server: one made straight from the protocol's page, one is `tertulia tail`.

The first shares no code with the client package, so that a mistake there cannot hide one here.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Accepted, Drain, Event, Hello, Pong, Reset, Subscribe, Subscribed
from tests.processes import Reachable, RunningProcess

WAIT_LIMIT_S: Final = 30.0
RETRY_S: Final = 0.05
POLL_S: Final = 0.2


class RawFollower:
    """Follows one channel in a thread of its own; each connection goes on from the last event that was seen.

    ``events`` holds what came, as it came; ``faults`` what a server that keeps its promise does not do.
    """

    def __init__(self, server: Reachable, channel: str, cursor: Cursor | None, encoding: Encoding) -> None:
        self.events: list[Event] = []
        self.frames: list[bytes | str] = []
        self.faults: list[str] = []
        self.connection_count = 0
        self.drain_count = 0
        self._leave_at_s: float | None = None
        self._server = server
        self._channel = channel
        self._cursor = cursor
        self._encoding = encoding
        self._is_subscribed = threading.Event()
        self._is_stopped = threading.Event()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"follower of {channel}")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_subscribed.wait(WAIT_LIMIT_S), "never subscribed"
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped.set()
        self._thread.join(WAIT_LIMIT_S)
        assert not self._thread.is_alive(), "does not end"

    @property
    def seqs(self) -> list[int]:
        return [event.seq for event in self.events]

    @property
    def texts(self) -> list[str | None]:
        """The texts of the posts that were created, in the order in which they came."""
        return [event.data["post"]["text"] for event in self.events if event.name == "post.created"]

    def wait_for(self, seq: int) -> None:
        """Until the event with this seq was seen, or one after it."""
        with self._changed:
            is_there = self._changed.wait_for(lambda: bool(self.events) and self.events[-1].seq >= seq, WAIT_LIMIT_S)
        assert is_there, f"{self._channel} stands at {self.seqs[-1:]}, not at {seq}; faults: {self.faults}"

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                self._follow()
            except (OSError, ConnectionClosed, InvalidHandshake, HTTPException):
                self._is_stopped.wait(RETRY_S)

    def _follow(self) -> None:
        """One connection, from its beginning until it ends, breaks, or the server said to leave."""
        url = f"{self._server.url.replace('http', 'ws', 1)}/live"
        with connect(url, subprotocols=[Subprotocol(self._encoding.value)], compression=None) as connection:
            self._begin()
            payload = encode(Subscribe(1, [(self._channel, self._cursor)]), self._encoding)
            connection.send(payload.decode() if self._encoding.is_text else payload)
            while not self._is_over():
                try:
                    frame = connection.recv(timeout=POLL_S)
                except TimeoutError:
                    continue
                self._take(frame)

    def _begin(self) -> None:
        self.connection_count += 1
        self._leave_at_s = None

    def _take(self, frame: bytes | str) -> None:
        self.frames.append(frame)
        message = decode_server_message(frame, self._encoding)
        match message:
            case Subscribed(_, [Accepted(_, cursor, _)]):
                if self._cursor is not None and cursor != self._cursor:
                    self.faults.append(f"accepted at {cursor}, asked for {self._cursor}")
                self._cursor = cursor
                self._is_subscribed.set()
            case Event():
                self._take_event(message)
            case Reset():
                self.faults.append(f"reset: {message.reason}")
            case Drain(after_ms):
                self.drain_count += 1
                self._leave_at_s = time.monotonic() + after_ms / 1000
            case Hello() | Pong():
                pass
            case other:
                self.faults.append(repr(other))

    def _is_over(self) -> bool:
        is_to_leave = self._leave_at_s is not None and time.monotonic() >= self._leave_at_s
        return is_to_leave or self._is_stopped.is_set()

    def _take_event(self, event: Event) -> None:
        if self._cursor is None or event.seq != self._cursor.seq + 1:
            self.faults.append(f"event {event.seq} at {self._cursor}")
        else:
            self._cursor = Cursor(self._cursor.epoch, event.seq)
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()


class TailFollower:
    """`tertulia tail` in a process; its lines are read from a file."""

    def __init__(self, server: Reachable, channel: str, cursor: Cursor, folder: Path) -> None:
        words = ["tail", channel, "--url", server.url, "--since", str(cursor)]
        self._process = RunningProcess([sys.executable, "-m", "tertulia_client", *words], folder / "tail.log")

    def __enter__(self) -> Self:
        self._process.start()
        self._process.wait_until(lambda: "is live" in self._process.output(), "the line that says that it is live")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed to standard output; the words beside it, on standard error, are no JSON."""
        lines = self._process.output().split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    @property
    def seqs(self) -> list[int]:
        return [line["seq"] for line in self.lines]

    @property
    def texts(self) -> list[str | None]:
        return [line["data"]["post"]["text"] for line in self.lines if line["name"] == "post.created"]

    def wait_for(self, seq: int) -> None:
        self._process.wait_until(lambda: bool(self.lines) and self.seqs[-1] >= seq, f"the line of event {seq}")

    def stop(self) -> int:
        """End it as a person would; its exit status."""
        return self._process.stop()
