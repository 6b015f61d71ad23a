from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.store.keys import Outcome, claim_key, find_outcome, settle_key
from tests.server.town import NOW_MS, Town

OUTCOME = Outcome(post_id=7, number=3, epoch="e", seq=4)


def test_key_claimed_and_settled_gives_its_outcome_from_then_on(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    assert find_outcome(conn, ada, "some-key") is None
    assert claim_key(conn, ada, "some-key", NOW_MS) is None
    settle_key(conn, ada, "some-key", OUTCOME)
    assert claim_key(conn, ada, "some-key", NOW_MS + 1) == OUTCOME
    assert find_outcome(conn, ada, "some-key") == OUTCOME


def test_key_belongs_to_its_member(conn: Connection, town: Town) -> None:
    ada, bob = town.ada.member_id, town.bob.member_id
    assert ada is not None
    assert bob is not None
    claim_key(conn, ada, "some-key", NOW_MS)
    settle_key(conn, ada, "some-key", OUTCOME)
    assert claim_key(conn, bob, "some-key", NOW_MS) is None


def test_keys_are_told_apart_by_letter_case(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    assert claim_key(conn, ada, "some-key", NOW_MS) is None
    assert claim_key(conn, ada, "SOME-KEY", NOW_MS) is None
