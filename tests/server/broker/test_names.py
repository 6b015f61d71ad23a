from collections import Counter

from redis.crc import key_slot

from tertulia_server.broker.names import SLOT_COUNT, plain_names, sharded_names, slot_of_partition
from tertulia_server.broker.parcels import PARTITION_COUNT


def test_plain_names_are_alike_in_every_release() -> None:
    names = plain_names(3)
    assert (names.partitions[0], names.partitions[63]) == (b"tertulia:3:0", b"tertulia:3:63")
    assert names.subscribe_many


def test_sharded_names_are_alike_in_every_release() -> None:
    names = sharded_names()
    assert (names.partitions[0], names.partitions[1], names.partitions[63]) == (
        b"tertulia:{10}",
        b"tertulia:{18}",
        b"tertulia:{40}",
    )
    assert not names.subscribe_many


def test_each_partition_lives_in_the_slot_that_is_said() -> None:
    for partition, name in enumerate(sharded_names().partitions):
        assert key_slot(name) == slot_of_partition(partition)


def test_nodes_with_equal_shares_of_slots_get_about_equal_numbers_of_partitions() -> None:
    for node_count in (3, 5, 6):
        share = Counter(slot_of_partition(p) * node_count // SLOT_COUNT for p in range(PARTITION_COUNT))
        assert max(share.values()) - min(share.values()) <= 1


def test_probe_lives_where_its_partition_does_and_is_the_workers_own() -> None:
    names = sharded_names()
    assert key_slot(names.probe("w1", 17)) == slot_of_partition(17)
    assert names.probe("w1", 17) != names.probe("w2", 17)
    assert names.probe("w1", 17) not in names.partitions
