"""Whatever the line does, each channel is seen in order, once, without a hole; and at the end in full."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia_client import notices as n
from tertulia_client.protocol import ClientProtocol
from tertulia_client.subscription import Start
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.messages import Event, Refused, Reset
from tests.client.model_server import ModelServer

CHANNELS = ("thread:1", "thread:2", "forum:1")


class Hostile:
    """A client and a server with the worst of lines between them, on one clock."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now_s = 0.0
        self.protocol = ClientProtocol(clock=lambda: self.now_s, rng=self.rng)
        self.server = ModelServer(CHANNELS)
        self.views: dict[str, list[Cursor]] = {}
        self.places: dict[str, Cursor] = {}
        for channel in CHANNELS:
            self.protocol.follow(channel, self.rng.choice(list(Start)))

    def step(self) -> None:
        self.rng.choice(
            [self.publish] * 6
            + [self.deliver] * 12
            + [self.exchange] * 6
            + [self.pass_time] * 4
            + [self.double, self.lose, self.cut, self.refuse, self.refollow]
            + [self.renew] * (self.rng.random() < 0.1)
        )()
        self.look()

    def publish(self) -> None:
        self.server.publish(self.rng.choice(CHANNELS))

    def deliver(self) -> None:
        if not self.server.is_connected:
            self.connect()
        elif self.server.wire:
            self.protocol.receive(self.server.payload(self.server.wire.popleft()))

    def exchange(self) -> None:
        if self.server.is_connected:
            self.server.receive(self.protocol.outgoing())

    def pass_time(self) -> None:
        self.now_s += self.rng.uniform(0, 0.4)
        self.protocol.tick()
        if self.protocol.closing is not None:
            self.cut()

    def double(self) -> None:
        places = [place for place, message in enumerate(self.server.wire) if isinstance(message, Event | Reset)]
        if places:
            place = self.rng.choice(places)
            self.server.wire.insert(place + 1, self.server.wire[place])

    def lose(self) -> None:
        events = [message for message in self.server.wire if isinstance(message, Event)]
        if events:
            self.server.wire.remove(self.rng.choice(events))

    def cut(self) -> None:
        self.server.cut()
        self.protocol.connection_lost()

    def connect(self) -> None:
        self.server.connect()
        self.protocol.connection_made()

    def refuse(self) -> None:
        channel = self.rng.choice(CHANNELS)
        self.server.refusals[channel] = Refused(channel, Code.OVERLOADED, "busy", 100)

    def refollow(self) -> None:
        """Leave and come back with what was seen, as a restarted program does."""
        channel = self.rng.choice(CHANNELS)
        if channel in self.places:
            self.protocol.unfollow(channel)
            self.protocol.follow(channel, self.places[channel])

    def renew(self) -> None:
        self.server.renew_epoch()

    def look(self) -> None:
        for notice in self.protocol.notices():
            match notice:
                case n.EventReceived(channel, seq, _, data, cursor):
                    held = self.places.get(channel)
                    if held is not None:
                        assert cursor == Cursor(held.epoch, held.seq + 1), f"{channel}: {cursor} after {held}"
                    assert Cursor(data["epoch"], data["seq"]) == cursor
                    assert seq == cursor.seq
                    self.places[channel] = cursor
                    self.views.setdefault(channel, []).append(cursor)
                case n.ChannelReset(channel, cursor, _):
                    self.places[channel] = cursor
                    self.views[channel] = []
                case n.ChannelLive(channel, cursor):
                    assert self.places.setdefault(channel, cursor) == cursor
                case n.ChannelEnded():
                    raise AssertionError(notice)

    def settle(self) -> None:
        """A good line from here on."""
        self.server.refusals.clear()
        for _ in range(2000):
            if self.server.is_connected and self.protocol.is_live and not self.server.wire:
                return
            self.exchange()
            self.deliver()
            if not self.server.wire:
                self.pass_time()
            self.look()
        raise AssertionError("it never became live")


def run(seed: int, steps: int) -> Hostile:
    line = Hostile(seed)
    for _ in range(steps):
        line.step()
    line.cut()  # what was lost on the last connection is found by the next
    line.settle()
    for channel in CHANNELS:
        head = len(line.server.logs[channel])
        assert line.protocol.cursors[channel] == (line.server.epoch, head)
        assert line.places.get(channel, (line.server.epoch, head)) == (line.server.epoch, head)
        seqs = [place.seq for place in line.views.get(channel, [])]
        assert all(later == earlier + 1 for earlier, later in pairwise(seqs))
    return line


@pytest.mark.parametrize("seed", range(40))
def test_hostile_line_leaves_no_hole_no_double_and_a_full_view(seed: int) -> None:
    run(seed, 400)


@given(st.lists(st.binary(max_size=60), max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_bytes_from_a_server_never_raise(payloads: list[bytes]) -> None:
    protocol = ClientProtocol(clock=lambda: 0.0, rng=random.Random(0))
    protocol.follow(CHANNELS[0])
    protocol.connection_made()
    for payload in payloads:
        protocol.receive(payload)
        protocol.tick()


@given(st.lists(st.recursive(st.none() | st.integers() | st.text(max_size=8), st.lists, max_leaves=8), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_values_from_a_server_never_raise(values: list[object]) -> None:
    import json

    protocol = ClientProtocol(clock=lambda: 0.0, rng=random.Random(0), encoding=Encoding.JSON)
    protocol.follow(CHANNELS[0])
    protocol.connection_made()
    for kind in ("hello", "subscribed", "event", "reset", "unsubscribed", "error", "drain", "pong", "signal"):
        protocol.connection_made()
        protocol.receive(json.dumps([kind, *values]))
        protocol.tick()
