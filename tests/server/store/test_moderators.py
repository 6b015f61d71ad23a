from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.models import Role, Visitor
from tertulia_server.store.members import get_member
from tertulia_server.store.moderators import (
    appoint,
    dismiss,
    read_moderated,
    read_moderators,
    read_visitors,
    set_administrator,
)
from tests.server.town import Town, visitor_with_id


def id_of(visitor: Visitor) -> int:
    assert visitor.member_id is not None
    return visitor.member_id


def test_member_becomes_moderator_with_the_first_forum_and_member_again_after_the_last(
    conn: Connection, town: Town
) -> None:
    bob = id_of(town.bob)
    assert appoint(conn, bob, town.forum_id)
    assert appoint(conn, bob, town.staff_forum_id)
    now = visitor_with_id(conn, bob)
    assert (now.role, now.moderates) == (Role.MODERATOR, frozenset({town.forum_id, town.staff_forum_id}))
    assert dismiss(conn, bob, town.forum_id)
    assert visitor_with_id(conn, bob).role is Role.MODERATOR
    assert dismiss(conn, bob, town.staff_forum_id)
    assert visitor_with_id(conn, bob) == town.bob


def test_what_is_so_already_changes_nothing(conn: Connection, town: Town) -> None:
    mona, bob = id_of(town.mona), id_of(town.bob)
    assert not appoint(conn, mona, town.forum_id)
    assert not dismiss(conn, bob, town.forum_id)
    assert not set_administrator(conn, bob, is_one=False)
    assert visitor_with_id(conn, mona) == town.mona


def test_administrator_keeps_their_forums_for_the_time_after(conn: Connection, town: Town) -> None:
    mona, bob = id_of(town.mona), id_of(town.bob)
    for member_id in (mona, bob):
        assert set_administrator(conn, member_id, is_one=True)
        assert visitor_with_id(conn, member_id).role is Role.ADMINISTRATOR
    assert not dismiss(conn, bob, town.forum_id)
    assert dismiss(conn, mona, town.forum_id)
    assert visitor_with_id(conn, mona).role is Role.ADMINISTRATOR
    assert set_administrator(conn, mona, is_one=False)
    assert set_administrator(conn, bob, is_one=False)
    assert [visitor_with_id(conn, member_id).role for member_id in (mona, bob)] == [Role.MODERATOR, Role.MEMBER]


def test_change_of_role_is_a_version_of_the_card(conn: Connection, town: Town) -> None:
    bob = id_of(town.bob)
    before = get_member(conn, bob)
    appoint(conn, bob, town.forum_id)
    after = get_member(conn, bob)
    assert before is not None
    assert after is not None
    assert after.version == before.version + 1


def test_moderators_by_member_and_by_forum(conn: Connection, town: Town) -> None:
    mona, bob = id_of(town.mona), id_of(town.bob)
    appoint(conn, bob, town.forum_id)
    assert read_moderated(conn, [bob, mona, 999]) == {bob: {town.forum_id}, mona: town.mona.moderates}
    assert read_moderated(conn, []) == {}
    assert read_moderators(conn)[town.forum_id] == [(bob, "bob"), (mona, "mona")]
    assert read_moderators(conn)[town.staff_forum_id] == [(mona, "mona")]


def test_visitors_are_read_with_one_question_for_all(conn: Connection, town: Town) -> None:
    found = [member for member in (get_member(conn, id_of(who)) for who in (town.ada, town.mona)) if member is not None]
    assert read_visitors(conn, found) == {id_of(town.ada): town.ada, id_of(town.mona): town.mona}
