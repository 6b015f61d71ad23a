"""How a publication travels between workers: one line that says what it is, then the payload as it is."""

from __future__ import annotations

import zlib
from typing import Final

from tertulia_server.broker.port import Publication
from tertulia_wire.limits import MAX_SEQ

PARTITION_COUNT: Final = 64
"""Names of pub/sub that channels are spread over, so that readers who come and go rarely change a subscription.
Alike in all workers that share a Redis."""

_VERSION: Final = b"1"
_MAX_LINE_BYTES: Final = 512


class UnreadableParcelError(Exception):
    """Bytes that are no publication of ours: from another release, or damaged."""


def partition_of(channel: str) -> int:
    """0 to 63, alike in every worker and release."""
    return zlib.crc32(channel.encode()) % PARTITION_COUNT


def wrap(publication: Publication, origin: str) -> bytes:
    """``origin`` names the worker, so that it knows its own; neither it nor any other field has a space in it."""
    fields = (origin, publication.channel, publication.epoch, publication.seq, publication.name, publication.about_id)
    return b"%s %s\n%s" % (_VERSION, " ".join(map(str, fields)).encode(), publication.payload)


def unwrap(parcel: bytes) -> tuple[str, Publication]:
    """The origin and the publication; `UnreadableParcelError` for anything else."""
    line, newline, payload = parcel.partition(b"\n")
    try:
        version, origin, channel, epoch, seq, name, about_id = line[:_MAX_LINE_BYTES].decode().split(" ")
        publication = Publication(channel, epoch, int(seq), name, int(about_id), payload)
    except ValueError as error:
        raise UnreadableParcelError from error
    if version.encode() != _VERSION or not newline or not 0 < publication.seq <= MAX_SEQ:
        raise UnreadableParcelError
    return origin, publication
