from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.banning import MAX_ENDED_AT_ONCE, find_ended_bans, write_ban, write_ended_bans
from tertulia_server.store.members import insert_member
from tests.server.town import NOW_MS, Town


def test_bans_end_some_at_a_time_in_the_order_of_their_ends(conn: Connection, town: Town) -> None:
    ids = [insert_member(conn, f"member {n}", joined_ms=NOW_MS) for n in range(MAX_ENDED_AT_ONCE + 2)]
    for place, member_id in enumerate(ids):
        write_ban(conn, town.mona, member_id, "Shoes", NOW_MS + 1000 - place, now_ms=NOW_MS)
    assert find_ended_bans(conn, NOW_MS) == []
    later_ms = NOW_MS + 1000
    first = write_ended_bans(conn, now_ms=later_ms)
    assert first is not None
    assert sorted(event.about_id for event in first.events if event.channel == "site") == ids[2:]
    assert find_ended_bans(conn, later_ms) == [ids[1], ids[0]]
    assert write_ended_bans(conn, now_ms=later_ms) is not None
    assert write_ended_bans(conn, now_ms=later_ms) is None
