"""How a publication travels between workers: one line that says what it is, then the payload as it is."""

from __future__ import annotations

import zlib
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_wire.limits import MAX_SEQ

PARTITION_COUNT: Final = 64
"""Names of pub/sub that channels are spread over, so that readers who come and go rarely change a subscription.
Alike in all workers that share a Redis."""

_VERSION: Final = b"2"
"""Of the shape."""

_MAX_LINE_BYTES: Final = 512
_MAX_START_BYTES: Final = 128
"""Version, origin and channel lie in here; what is longer is read as a whole."""


class UnreadableParcelError(Exception):
    """Bytes that are no publication of ours: from another release, or damaged."""


def partition_of(channel: str) -> int:
    """0 to 63, alike in every worker and release."""
    return zlib.crc32(channel.encode()) % PARTITION_COUNT


def wrap(publication: Publication, origin: str) -> bytes:
    """``origin`` names the worker, so that it knows its own; neither it nor any other field has a space in it."""
    p = publication
    return f"2 {origin} {p.channel} {p.epoch} {p.seq} {p.name} {p.about_id} {p.rights_seq}\n".encode() + p.payload


def start_of(origin: str) -> bytes:
    """With what each parcel of that worker begins, and no other."""
    return b"%b %b " % (_VERSION, origin.encode())


def channel_in(parcel: bytes) -> bytes:
    """The channel, without looking at anything else; empty for bytes that do not begin like a parcel."""
    words = parcel[:_MAX_START_BYTES].split(b" ", 3)
    return words[2] if len(words) == 4 and words[0] == _VERSION else b""


def unwrap(parcel: bytes) -> Publication:
    """`UnreadableParcelError` for anything that `wrap` did not make."""
    line, newline, payload = parcel.partition(b"\n")
    try:
        version, _, channel, epoch, seq_text, name, about_id, rights_seq = line[:_MAX_LINE_BYTES].decode().split(" ")
        seq = int(seq_text)
        publication = Publication(channel, epoch, seq, name, int(about_id), payload, int(rights_seq))
    except ValueError as error:
        raise UnreadableParcelError from error
    if version != "2" or not newline or not 0 < seq <= MAX_SEQ:
        raise UnreadableParcelError
    return publication
