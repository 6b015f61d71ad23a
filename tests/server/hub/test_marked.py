from __future__ import annotations

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.hub.hub import Hub
from tertulia_server.hub.listener import Grant
from tertulia_server.hub.marked import marked, marked_frames
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Signal
from tests.server.hub.clock import VirtualClock
from tests.server.hub.fakes import EPOCH, FakeLog, FakeSink


def test_mark_reaches_each_window_of_its_member_in_their_encoding_and_nobody_else() -> None:
    clock = VirtualClock()
    broker = MemoryBroker()
    hub = Hub(clock, FakeLog(clock), budget_bytes=10_000, follow=broker.follow, unfollow=broker.unfollow)
    hub.renew(EPOCH, {})
    windows = [FakeSink(), FakeSink(Encoding.JSON)]
    other = FakeSink()
    for sink, channel in ((windows[0], "member:42"), (windows[1], "member:42"), (other, "member:9")):
        hub.connect(sink).subscribe(1, [Grant(channel, None, 0, 1)])
    clock.advance(1)
    publication = marked(42, 17, 25)
    frames = marked_frames(publication)
    assert frames is not None
    hub.signal(publication.channel, frames)
    clock.advance(1)
    told = Signal("member:42", "marked", {"thread_id": 17, "number": 25})
    for sink in windows:
        assert sink.messages[-1] == told
    assert not any(isinstance(message, Signal) for message in other.messages)


def test_many_threads_at_once_name_none_and_what_is_damaged_is_nothing() -> None:
    publication = marked(42, None, 0)
    message = decode_server_message(publication.payload, Encoding.MSGPACK)
    assert message == Signal("member:42", "marked", {"thread_id": None, "number": 0})
    assert marked_frames(publication._replace(payload=b"\xc1")) is None
    assert marked_frames(publication._replace(channel="member:9")) is None
