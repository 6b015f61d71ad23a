"""What pub/sub names look like, and with which commands they are used: plain, or sharded in a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from redis.crc import key_slot

from tertulia_server.broker.parcels import PARTITION_COUNT

SLOT_COUNT: Final = 16384
"""Of a Redis Cluster; Redis Cluster specification, "Key distribution model"."""

_SLOTS_PER_PARTITION: Final = SLOT_COUNT // PARTITION_COUNT


@dataclass(frozen=True, slots=True)
class Names:
    """The pub/sub names of the 64 partitions, in their order, and the commands for them.

    ``subscribe_many`` says whether one command may name several: in a cluster all of them would have to be of one slot.
    """

    partitions: tuple[bytes, ...]
    publish: bytes
    subscribe: bytes
    unsubscribe: bytes
    message: bytes
    subscribe_many: bool

    def probe(self, worker_id: str, partition: int) -> bytes:
        """A name that only this worker uses; in a cluster it lives where ``partition`` does."""
        return b"%s:probe:%s" % (self.partitions[partition], worker_id.encode())


def plain_names(database: int) -> Names:
    """Pub/sub knows no databases, so the number is part of the name: two forums may share a Redis."""
    partitions = tuple(f"tertulia:{database}:{number}".encode() for number in range(PARTITION_COUNT))
    return Names(partitions, b"PUBLISH", b"SUBSCRIBE", b"UNSUBSCRIBE", b"message", subscribe_many=True)


def sharded_names() -> Names:
    """Partition n lives in one of the slots 256 n to 256 n + 255, so that nodes with equal shares of slots get equal
    numbers of partitions."""
    partitions = tuple(f"tertulia:{{{tag}}}".encode() for tag in _tags())
    return Names(partitions, b"SPUBLISH", b"SSUBSCRIBE", b"SUNSUBSCRIBE", b"smessage", subscribe_many=False)


def slot_of_partition(partition: int) -> int:
    return key_slot(_tags()[partition].encode())


@cache
def _tags() -> tuple[str, ...]:
    """For each partition the smallest number whose slot, as a hash tag, lies in its share."""
    tags: dict[int, str] = {}
    number = 0
    while len(tags) < PARTITION_COUNT:
        tags.setdefault(key_slot(str(number).encode()) // _SLOTS_PER_PARTITION, str(number))
        number += 1
    return tuple(tags[partition] for partition in range(PARTITION_COUNT))
