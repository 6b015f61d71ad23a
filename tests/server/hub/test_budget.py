from tertulia_server.hub.budget import BLOCK_OVERHEAD_BYTES, Block, Budget, Entry, is_stale
from tertulia_wire.events import POST_CREATED, THREAD_CHANGED
from tests.server.hub.fakes import publication


def filled(budget: Budget, home: dict[int, Block], index: int, *seqs: int) -> Block:
    block = budget.add(home, index)
    for seq in seqs:
        block.put(Entry(publication(seq)))
    return block


def test_used_bytes_are_those_of_the_blocks():
    budget = Budget(1 << 20)
    home: dict[int, Block] = {}
    first, second = filled(budget, home, 0, 1, 2), filled(budget, home, 1, 65)
    assert budget.used_bytes == first.size_bytes + second.size_bytes > 2 * BLOCK_OVERHEAD_BYTES
    budget.remove(first)
    budget.remove(second)
    assert budget.used_bytes == 0
    assert home == {}


def test_least_recently_used_block_goes_first():
    home: dict[int, Block] = {}
    budget = Budget(1 << 20)
    first, second = filled(budget, home, 0, 1), filled(budget, home, 1, 65)
    budget.max_bytes = budget.used_bytes
    budget.touch(first)
    filled(budget, home, 2)
    assert 1 not in home
    assert home[0] is first
    assert second.get(65) is not None  # whoever still holds it may finish


def test_block_in_use_stays_even_when_it_alone_is_too_large():
    home: dict[int, Block] = {}
    budget = Budget(0)
    block = filled(budget, home, 0, 1, 2, 3)
    assert home == {0: block}
    filled(budget, home, 1)
    assert list(home) == [1]


def test_forgotten_post_empties_only_its_older_entries():
    budget = Budget(1 << 20)
    home: dict[int, Block] = {}
    block = budget.add(home, 0)
    for seq, about_id in ((1, 7), (2, 8), (3, 7)):
        block.put(Entry(publication(seq, about_id=about_id)))
    block.forget_post(7, before_seq=3)
    assert [block.get(seq) is None for seq in (1, 2, 3)] == [True, False, False]


def test_forgotten_post_leaves_no_frame_behind():
    budget = Budget(1 << 20)
    home: dict[int, Block] = {}
    block = filled(budget, home, 0, 1, 2)
    entries = [block.get(1), block.get(2)]
    known = [entry for entry in entries if entry is not None]
    before_bytes = budget.used_bytes
    frame = block.frame(known, is_text=False)
    assert block.frame(known, is_text=False) is frame
    assert budget.used_bytes == before_bytes + frame.payload_bytes
    block.forget_post(1, before_seq=9)
    assert block.frame(known, is_text=False) is not frame


def test_json_of_an_entry_is_made_once_and_accounted_for():
    budget = Budget(1 << 20)
    home: dict[int, Block] = {}
    block = filled(budget, home, 0, 1)
    entry = block.get(1)
    assert entry is not None
    before_bytes = budget.used_bytes
    first = entry.payload_as(is_text=True)
    assert first == b'["event","thread:1",1,"post.created",{"post":{"id":1}}]'
    assert entry.payload_as(is_text=True) is first
    block.weigh()
    assert budget.used_bytes == before_bytes + len(first)


def test_only_events_of_the_post_itself_are_stale():
    assert is_stale(Entry(publication(1, POST_CREATED, 7)), 7, 2)
    assert not is_stale(Entry(publication(2, POST_CREATED, 7)), 7, 2)
    assert not is_stale(Entry(publication(1, THREAD_CHANGED, 7)), 7, 2)
    assert not is_stale(Entry(publication(1, POST_CREATED, 8)), 7, 2)
