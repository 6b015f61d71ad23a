"""That a member has read on, on its way to their other windows: a signal, which may be lost, and not an event, which is
kept: the log would have a line for each page that is read."""

from __future__ import annotations

from tertulia_server.broker.port import Publication
from tertulia_server.hub.frame import SignalFrames
from tertulia_wire.channels import member_channel
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.data import MarkedData
from tertulia_wire.errors import WireError
from tertulia_wire.messages import Signal
from tertulia_wire.signals import MARKED


def marked(member_id: int, thread_id: int | None, number: int) -> Publication:
    """The member has read the thread up to this number; None: many threads."""
    channel = member_channel(member_id)
    data = MarkedData(thread_id=thread_id, number=number)
    payload = encode(Signal(channel, MARKED, {**data}), Encoding.MSGPACK)
    return Publication(channel, "-", 1, MARKED, thread_id or 0, payload)


def marked_frames(publication: Publication) -> SignalFrames | None:
    """For the listeners of its channel; None if it came damaged."""
    try:
        message = decode_server_message(publication.payload, Encoding.MSGPACK)
    except WireError:
        return None
    if not isinstance(message, Signal) or message.channel != publication.channel:
        return None
    return SignalFrames(message.channel, message.name, message.data)
