"""A reader of the model: the real client protocol, a view that it keeps, and a check that it got each event once."""

from __future__ import annotations

import random
from typing import Any, Final

from tertulia_client import notices as n
from tertulia_client.protocol import ClientProtocol
from tertulia_client.subscription import Start
from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor
from tests.server.hub.clock import Call, VirtualClock
from tests.server.hub.model_truth import Truth, View
from tests.server.hub.model_worker import Line, Worker

LATENCY_S: Final = 0.003
FRAMES_PER_READ: Final = 3


class Reader:
    """Follows channels over one connection after the other."""

    def __init__(
        self, clock: VirtualClock, truth: Truth, encoding: Encoding, seed: int, *, is_piped: bool = False
    ) -> None:
        self.clock = clock
        self.truth = truth
        self.encoding = encoding
        self.protocol = ClientProtocol(clock=clock.time, rng=random.Random(seed), encoding=encoding)
        self.is_piped = is_piped
        self.line: Line | None = None
        self.is_reading = True
        self.views: dict[str, View] = {}
        self.places: dict[str, Cursor] = {}
        self.event_count = 0
        self.reset_count = 0
        self._read_call: Call | None = None
        self._tick_call: Call | None = None

    # What a user does

    def load_and_follow(self, channel: str) -> None:
        """As a page: a fresh read and its cursor."""
        cursor, view = self.truth.page(channel)
        self._follow(channel, cursor, view)

    def follow_from_the_beginning(self, channel: str) -> None:
        self._follow(channel, Cursor(self.truth.epoch, 0), {})

    def follow_from_now(self, channel: str) -> None:
        """What was before is read when the channel is live."""
        if channel not in self.protocol.channels:
            self.protocol.follow(channel, Start.NOW)
            self._after()

    def follow_from_beyond(self, channel: str) -> None:
        """A cursor that the log will not reach in this test: as after the loss of the log's end."""
        self._follow(channel, Cursor(self.truth.epoch, self.truth.head(channel) + 1_000_000), {})

    def unfollow(self, channel: str) -> None:
        self.protocol.unfollow(channel)
        self.views.pop(channel, None)
        self.places.pop(channel, None)
        self._after()

    def connect(self, worker: Worker) -> None:
        if self.line is None:
            self.line = Line(worker, self.encoding, self._schedule_read, is_piped=self.is_piped)
            self.protocol.connection_made()
            self._after()

    def disconnect(self) -> None:
        if self.line is not None:
            self.line.cut()
            self.line = None
            self.protocol.connection_lost()
            self._after()

    def stop_reading(self) -> None:
        self.is_reading = False
        self.protocol.pause()

    def read_again(self) -> None:
        if not self.is_reading:
            self.is_reading = True
            self.protocol.resume()
            self._schedule_read()
            self._after()

    # What is checked

    def check_done(self) -> None:
        """Live everywhere, and seeing what a fresh read shows."""
        assert self.protocol.is_live, self.protocol.channels
        for channel in self.protocol.channels:
            cursor, view = self.truth.page(channel)
            assert self.places[channel] == cursor
            assert self.views[channel] == view

    # How it works

    def _follow(self, channel: str, cursor: Cursor, view: View) -> None:
        if channel in self.protocol.channels:
            return
        self.views[channel] = view
        self.places[channel] = cursor
        self.protocol.follow(channel, cursor)
        self._after()

    def _schedule_read(self) -> None:
        if self._read_call is None:
            self._read_call = self.clock.call_later(LATENCY_S, self._read)

    def _read(self) -> None:
        self._read_call = None
        if self.line is None or not self.is_reading:
            return
        for payload in self.line.take(FRAMES_PER_READ):
            self.protocol.receive(payload.decode() if self.encoding.is_text else payload)
        if self.line.has_more:
            self._schedule_read()
        self._after()

    def _after(self) -> None:
        """Whatever happened: hear the notices, send what is to be sent, wake up for what falls due."""
        for notice in self.protocol.notices():
            self._note(notice)
        outgoing = self.protocol.outgoing()
        if self.line is not None and outgoing:
            self.line.receive(outgoing)
        if self.protocol.closing is not None:
            self.disconnect()
        if self._tick_call is not None:
            self._tick_call.cancel()
            self._tick_call = None
        deadline_s = self.protocol.next_deadline_s
        if deadline_s is not None:
            self._tick_call = self.clock.call_later(max(0.001, deadline_s - self.clock.time()), self._tick)

    def _tick(self) -> None:
        self.protocol.tick()
        self._after()

    def _note(self, notice: n.Notice) -> None:
        match notice:
            case n.EventReceived(channel, seq, _name, data, cursor):
                self._see(channel, seq, data, cursor)
            case n.ChannelReset(channel, cursor):
                self.reset_count += 1
                self._read_afresh(channel, cursor)
            case n.ChannelLive(channel, cursor):
                if channel not in self.views:
                    self._read_afresh(channel, cursor)
            case n.HoleFound() | n.ChannelEnded():
                raise AssertionError(notice)
            case _:
                pass

    def _see(self, channel: str, seq: int, data: Any, cursor: Cursor) -> None:
        """Each event once, in order: the seq after the one before."""
        if channel not in self.views:  # followed from now, and not live yet: nothing is shown so far
            self.places[channel] = cursor
            return
        before = self.places[channel]
        assert cursor == Cursor(before.epoch, before.seq + 1) == Cursor(cursor.epoch, seq)
        self.places[channel] = cursor
        self.event_count += 1
        post = data["post"]
        held = self.views[channel].get(post["id"])
        if held is None or held[0] < post["version"]:
            self.views[channel][post["id"]] = (post["version"], post["text"])

    def _read_afresh(self, channel: str, cursor: Cursor) -> None:
        """The read may be newer than the cursor: what follows is then known already, by its version."""
        self.places[channel] = cursor
        self.views[channel] = self.truth.page(channel)[1]
