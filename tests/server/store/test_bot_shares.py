from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from tertulia_server.store.bot_shares import MAX_SHARES, PARTS, Holding, ShareFull, ShareOutcome, share_work
from tertulia_server.store.log import read_epoch
from tertulia_server.store.opening import open_store
from tertulia_wire.cursors import Cursor
from tests.server.store.engines import ENGINES, Databases

LEASE_MS = 100
AT = Cursor("e1", 5)


def ask(
    conn: Connection,
    holder: str,
    now_ms: int,
    held: list[Holding] | None = None,
    *,
    let_go: tuple[int, ...] = (),
    is_leaving: bool = False,
    name: str = "dice",
) -> ShareOutcome:
    return share_work(
        conn,
        7,
        name,
        holder,
        held=held or [],
        let_go=let_go,
        is_leaving=is_leaving,
        now_ms=now_ms,
        lease_ms=LEASE_MS,
    )


def parts(outcome: ShareOutcome) -> list[int]:
    return [one.part for one in outcome.held]


def test_one_copy_has_all_and_a_second_gets_half_when_the_first_lets_go(conn: Connection) -> None:
    first = ask(conn, "one", 0)
    assert (parts(first), first.excess) == (list(range(PARTS)), [])
    assert parts(ask(conn, "two", 10)) == []
    asked = ask(conn, "one", 20, list(first.held))
    assert (parts(asked), asked.excess) == (list(range(8)), [4, 5, 6, 7])
    assert parts(ask(conn, "one", 30, let_go=(4, 5, 6, 7))) == [0, 1, 2, 3]
    assert parts(ask(conn, "two", 40)) == [4, 5, 6, 7]


def test_parts_of_a_copy_that_died_are_taken_with_the_places_it_had_come_to(conn: Connection) -> None:
    held = list(ask(conn, "one", 0).held)
    kept = [one._replace(places={"thread:1": AT}) for one in held]
    assert all(one.places == {} for one in ask(conn, "one", 10, kept).held), "it knows its places"
    assert parts(ask(conn, "two", 109)) == []
    taken = ask(conn, "two", 110).held
    assert [(one.part, one.fence, one.places) for one in taken] == [(part, 2, {"thread:1": AT}) for part in range(8)]


def test_who_lost_a_part_changes_nothing(conn: Connection) -> None:
    stale = [one._replace(places={"thread:1": AT}) for one in ask(conn, "one", 0).held]
    ask(conn, "two", 100)
    late = ask(conn, "one", 110, stale)
    assert parts(late) == []
    ask(conn, "two", 120, is_leaving=True)
    again = ask(conn, "one", 130, stale).held
    assert [(one.fence, one.places) for one in again] == [(3, {})] * PARTS


def test_who_leaves_frees_its_parts_at_once_and_its_last_places_are_kept(conn: Connection) -> None:
    held = [one._replace(places={"forum:3": AT}) for one in ask(conn, "one", 0).held]
    assert parts(ask(conn, "one", 1, held, is_leaving=True)) == []
    taken = ask(conn, "two", 2)
    assert (parts(taken), taken.excess) == (list(range(PARTS)), [])
    assert all(one.places == {"forum:3": AT} for one in taken.held)


def test_shares_do_not_know_each_other_and_are_bounded(conn: Connection) -> None:
    for number in range(MAX_SHARES):
        assert len(ask(conn, "one", 0, name=f"share-{number}").held) == PARTS
    with pytest.raises(ShareFull):
        ask(conn, "one", 0, name="one-more")


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_part_is_ever_held_by_two_whoever_asks_at_the_same_time(engine: str, databases: Databases) -> None:
    url = databases.new(engine)
    stores = [await open_store(url), await open_store(url)]
    for store in stores:
        await store.write(read_epoch)  # the first connections, one after the other
    held: dict[str, list[Holding]] = {f"copy-{number}": [] for number in range(4)}
    excess: dict[str, Sequence[int]] = {}

    async def speak(number: int, holder: str, now_ms: int) -> None:
        kept = [one._replace(places={"thread:1": Cursor("e1", now_ms)}) for one in held[holder]]
        outcome = await stores[number % 2].write(
            share_work,
            7,
            "dice",
            holder,
            held=kept,
            let_go=tuple(excess.get(holder, ())),
            now_ms=now_ms,
            lease_ms=LEASE_MS,
        )
        held[holder], excess[holder] = list(outcome.held), outcome.excess

    for now_ms in range(1, 9):
        await asyncio.gather(*(speak(number, holder, now_ms) for number, holder in enumerate(held)))
        owned = [one.part for holding in held.values() for one in holding]
        assert len(owned) == len(set(owned))
    assert sorted(len(holding) for holding in held.values()) == [2, 2, 2, 2]
    survivor = "copy-3"
    held = {survivor: held[survivor]}
    await speak(0, survivor, 8 + LEASE_MS)
    assert len(held[survivor]) == PARTS
    assert sum(one.places == {"thread:1": Cursor("e1", 8)} for one in held[survivor]) >= PARTS - 4
    for store in stores:
        await store.close()
