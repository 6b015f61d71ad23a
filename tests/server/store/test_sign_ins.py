from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select, update

from tertulia_server.forum.models import Ban, Role, Visitor
from tertulia_server.store.members import insert_member
from tertulia_server.store.schema import members, sign_ins
from tertulia_server.store.sign_ins import (
    MAX_SIGN_INS_PER_MEMBER,
    delete_api_token,
    delete_sign_in,
    delete_sign_in_by_id,
    delete_sign_ins,
    find_visitor_by_sign_in,
    find_visitor_by_token,
    find_visitors_by_sign_in,
    find_visitors_by_token,
    insert_api_token,
    insert_sign_in,
    read_sign_ins,
)


@pytest.fixture
def member_id(conn: Connection) -> int:
    return insert_member(conn, "Ada", joined_ms=0)


def test_sign_in_names_its_visitor_until_it_expires(conn: Connection, member_id: int) -> None:
    insert_sign_in(conn, "hash", member_id, created_ms=0, expires_ms=100)
    assert find_visitor_by_sign_in(conn, "hash", 99) == Visitor(member_id, "Ada", Role.MEMBER)
    assert find_visitor_by_sign_in(conn, "hash", 100) is None
    assert find_visitor_by_sign_in(conn, "other", 99) is None


def test_sign_in_shows_the_rights_of_now(conn: Connection, member_id: int) -> None:
    insert_sign_in(conn, "hash", member_id, created_ms=0, expires_ms=100)
    conn.execute(update(members).values(is_banned=True, role="moderator"))
    assert find_visitor_by_sign_in(conn, "hash", 1) == Visitor(
        member_id, "Ada", Role.MODERATOR, is_banned=True, ban=Ban("", None)
    )


def test_sign_in_deleted_is_gone_and_others_stay(conn: Connection, member_id: int) -> None:
    for token_hash in ("one", "two", "three"):
        insert_sign_in(conn, token_hash, member_id, created_ms=0, expires_ms=100)
    delete_sign_in(conn, "one")
    delete_sign_in(conn, "one")
    assert find_visitor_by_sign_in(conn, "one", 1) is None
    assert find_visitor_by_sign_in(conn, "two", 1) is not None
    delete_sign_ins(conn, member_id)
    assert find_visitor_by_sign_in(conn, "three", 1) is None


def test_sign_ins_of_one_member_are_bounded_and_the_oldest_ends(conn: Connection, member_id: int) -> None:
    other_id = insert_member(conn, "Bob", joined_ms=0)
    insert_sign_in(conn, "bob", other_id, created_ms=0, expires_ms=10**6)
    for at_ms in range(MAX_SIGN_INS_PER_MEMBER + 1):
        insert_sign_in(conn, f"hash{at_ms}", member_id, created_ms=at_ms, expires_ms=10**6)
    assert find_visitor_by_sign_in(conn, "hash0", 1) is None
    assert find_visitor_by_sign_in(conn, "hash1", 1) is not None
    assert find_visitor_by_sign_in(conn, "bob", 1) is not None


def test_sign_in_clears_the_members_expired_ones(conn: Connection, member_id: int) -> None:
    insert_sign_in(conn, "old", member_id, created_ms=0, expires_ms=10)
    insert_sign_in(conn, "new", member_id, created_ms=10, expires_ms=20)
    assert conn.execute(select(func.count()).select_from(sign_ins)).scalar_one() == 1


def test_token_holds_until_revoked_or_expired(conn: Connection, member_id: int) -> None:
    insert_api_token(conn, "ever", member_id, "bot", created_ms=0)
    insert_api_token(conn, "short", member_id, "bot", created_ms=0, expires_ms=10)
    assert find_visitor_by_token(conn, "ever", 10**15) == Visitor(member_id, "Ada", Role.MEMBER)
    assert find_visitor_by_token(conn, "short", 9) is not None
    assert find_visitor_by_token(conn, "short", 10) is None
    delete_api_token(conn, "ever")
    assert find_visitor_by_token(conn, "ever", 1) is None


def test_token_is_no_sign_in(conn: Connection, member_id: int) -> None:
    insert_api_token(conn, "hash", member_id, "bot", created_ms=0)
    assert find_visitor_by_sign_in(conn, "hash", 1) is None


def test_many_proofs_are_found_with_one_reading(conn: Connection, member_id: int) -> None:
    bob = insert_member(conn, "Bob", joined_ms=0)
    insert_sign_in(conn, "a", member_id, created_ms=0, expires_ms=100)
    insert_sign_in(conn, "b", bob, created_ms=0, expires_ms=200)
    insert_api_token(conn, "t", bob, "label", created_ms=0)
    found = find_visitors_by_sign_in(conn, ["b", "a", "t", "a"])
    assert {key: (standing.visitor.name, standing.expires_ms) for key, standing in found.items()} == {
        "a": ("Ada", 100),
        "b": ("Bob", 200),
    }
    assert {key: standing.expires_ms for key, standing in find_visitors_by_token(conn, ["t", "a"]).items()} == {
        "t": None
    }


def test_sign_ins_of_a_member_are_listed_and_ended_by_id(conn: Connection, member_id: int) -> None:
    other_id = insert_member(conn, "Bob", joined_ms=0)
    insert_sign_in(conn, "a" * 64, member_id, created_ms=1, expires_ms=100, browser="Firefox on Linux")
    insert_sign_in(conn, "b" * 64, member_id, created_ms=2, expires_ms=100)
    insert_sign_in(conn, "c" * 64, other_id, created_ms=3, expires_ms=100)
    found = read_sign_ins(conn, member_id, 50)
    assert [(one.id, one.created_ms, one.browser) for one in found] == [
        ("b" * 16, 2, ""),
        ("a" * 16, 1, "Firefox on Linux"),
    ]
    assert read_sign_ins(conn, member_id, 100) == []
    assert not delete_sign_in_by_id(conn, member_id, "c" * 16)
    assert delete_sign_in_by_id(conn, member_id, "a" * 16)
    assert not delete_sign_in_by_id(conn, member_id, "a" * 16)
    assert [one.id for one in read_sign_ins(conn, member_id, 50)] == ["b" * 16]
