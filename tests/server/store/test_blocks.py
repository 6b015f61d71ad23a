from __future__ import annotations

from pathlib import Path

from tertulia_server.store.blocks import read_block
from tertulia_server.store.log import read_epoch
from tertulia_server.store.opening import open_store
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Event
from tests.server.town import add_post, begin_thread, found_town


async def test_block_holds_the_events_between_and_how_to_trust_them(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    town = await store.write(found_town)
    thread_id = (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]
    for _ in range(3):
        await store.write(add_post, town.bob, thread_id)
    block = await store.read(read_block, f"thread:{thread_id}", 2, 4)
    assert block.epoch == await store.read(read_epoch)
    assert block.first_seq == 1
    assert [item.seq for item in block.publications] == [3, 4]
    message = decode_server_message(block.publications[0].payload, Encoding.MSGPACK)
    assert isinstance(message, Event)
    assert (message.channel, message.seq, message.name) == (f"thread:{thread_id}", 3, "post.created")
    await store.close()


async def test_block_of_a_channel_without_events_is_empty(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/forum.db")
    block = await store.read(read_block, "thread:9", 0, 64)
    assert (block.first_seq, list(block.publications)) == (1, [])
    await store.close()
