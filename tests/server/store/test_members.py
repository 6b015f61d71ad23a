from __future__ import annotations

from dataclasses import fields

import pytest
from sqlalchemy import Connection, insert, select, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role
from tertulia_server.forum.names import name_key
from tertulia_server.store import members as members_module
from tertulia_server.store.members import (
    Member,
    find_member_by_name,
    get_member,
    get_password_hash,
    insert_member,
    member_columns,
    read_cards,
    read_members,
    set_password_hash,
    set_rank,
    visitor_of,
)
from tertulia_server.store.schema import members
from tertulia_wire.codes import Code


def test_member_inserted_is_found_by_id_and_by_every_spelling(conn: Connection) -> None:
    member_id = insert_member(conn, "Ada Byron", joined_ms=1_319_155_200_000, password_hash="h")
    member = get_member(conn, member_id)
    assert member is not None
    assert (member.name, member.role, member.version) == ("Ada Byron", Role.MEMBER, 1)
    assert (member.is_bot, member.is_imported, member.is_banned) == (False, False, False)
    assert find_member_by_name(conn, "ADA\u00a0BYRON") == member


def test_member_is_made_of_its_columns_in_their_order() -> None:
    assert [column.name for column in member_columns] == [field.name for field in fields(Member)]


def test_member_nobody_is_is_none(conn: Connection) -> None:
    assert get_member(conn, 99) is None
    assert find_member_by_name(conn, "Nobody") is None


def test_member_of_a_taken_name_is_refused(conn: Connection) -> None:
    insert_member(conn, "Ada Byron", joined_ms=0)
    with pytest.raises(Refusal) as refused:
        insert_member(conn, "ada byron", joined_ms=0)
    assert refused.value.code is Code.NAME_TAKEN
    assert len(conn.execute(select(members.c.id)).all()) == 1


def test_member_of_a_name_taken_since_the_look_is_refused(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two transactions may look at once and both see nothing: the unique key decides."""
    insert_member(conn, "Ada", joined_ms=0)
    monkeypatch.setattr(members_module, "find_member_by_name", lambda conn, name: None)
    with pytest.raises(Refusal) as refused:
        insert_member(conn, "Ada", joined_ms=0)
    assert refused.value.code is Code.NAME_TAKEN


def test_member_of_an_imported_name_is_refused(conn: Connection) -> None:
    conn.execute(insert(members).values(name="Old Hand", name_key=name_key("Old Hand"), is_imported=True))
    with pytest.raises(Refusal):
        insert_member(conn, "old hand", joined_ms=0)


def test_cards_of_many_members_are_read_at_once(conn: Connection) -> None:
    ids = [insert_member(conn, f"member {n}", joined_ms=0, is_bot=n == 3) for n in range(1_100)]
    cards = read_cards(conn, [*ids, *ids, 99_999])
    assert set(cards) == set(ids)
    assert cards[ids[3]]["is_bot"]
    assert cards[ids[3]]["rank"] == "NEW MEMBER"
    assert cards[ids[3]]["joined_day"] == "1970-01-01"
    assert read_cards(conn, []) == {}


def test_visitor_of_a_moderator_carries_the_role(conn: Connection) -> None:
    member_id = insert_member(conn, "Mo", joined_ms=0, role=Role.MODERATOR)
    assert visitor_of(read_members(conn, [member_id])[member_id]).role is Role.MODERATOR


def test_password_hash_is_kept_and_changed(conn: Connection) -> None:
    member_id = insert_member(conn, "Ada", joined_ms=0, password_hash="one")
    assert get_password_hash(conn, member_id) == "one"
    assert set_password_hash(conn, member_id, "two")
    assert get_password_hash(conn, member_id) == "two"
    assert not set_password_hash(conn, 99, "three")


def test_password_hash_of_an_imported_member_is_never_set(conn: Connection) -> None:
    member_id = insert_member(conn, "Ada", joined_ms=0)
    conn.execute(update(members).values(is_imported=True))
    assert not set_password_hash(conn, member_id, "one")
    assert get_password_hash(conn, member_id) is None


def test_rank_of_a_member_is_set_once_and_taken_back(conn: Connection) -> None:
    member_id = insert_member(conn, "Ada", joined_ms=0)
    assert [set_rank(conn, member_id, rank) for rank in ("Keeper", "Keeper", None, None)] == [2, 0, 3, 0]
    with pytest.raises(Refusal) as refused:
        set_rank(conn, 99, "Keeper")
    assert refused.value.code is Code.NOT_FOUND
