from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.archive import ArchivedThread, read_archive
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.store.archive_members import MembersOutcome, import_members
from tertulia_server.store.members import find_member_by_name, get_password_hash, insert_member
from tertulia_server.store.schema import members

PAGE = """\
The well
Discussion in 'Village' started by {starter}, Mar 4, 2012.
  1. Ann Lee
    Ann Lee {rank}
    Aug 9, 2009
    +1 / {messages} / -2
    Text.
"""


def archive(rank: str = "ELITE MEMBER", messages: str = "8,024", starter: str = "Ann Lee") -> ArchivedThread:
    page = PAGE.format(rank=rank, messages=messages, starter=starter)
    return read_archive([("page.txt", page.encode())])


def take(conn: Connection, archived: ArchivedThread) -> MembersOutcome:
    return import_members(conn, archived, archived.posts)


def test_imported_member_has_the_card_and_no_password(conn: Connection) -> None:
    outcome = take(conn, archive())
    member = find_member_by_name(conn, "ann lee")
    assert member is not None
    assert outcome.ids == {"ann lee": member.id}
    assert (outcome.added, outcome.changed) == (1, 0)
    assert (member.is_imported, member.is_banned, member.rank) == (True, False, "ELITE MEMBER")
    assert (member.base_positive, member.base_messages, member.base_negative) == (1, 8024, 2)
    assert (member.positive, member.messages, member.negative) == (0, 0, 0)
    assert (member.joined_day, member.joined_ms) == ("2009-08-09", None)
    assert get_password_hash(conn, member.id) is None


def test_imported_members_name_cannot_be_registered(conn: Connection) -> None:
    take(conn, archive())
    with pytest.raises(Refusal):
        insert_member(conn, "ANN\u00a0LEE", joined_ms=0)


def test_imported_member_again_is_the_same_one(conn: Connection) -> None:
    first, second = take(conn, archive()), take(conn, archive())
    assert second.ids == first.ids
    assert (second.added, second.changed, second.notes) == (0, 0, ())


def test_imported_member_with_another_card_is_brought_up_to_it(conn: Connection) -> None:
    take(conn, archive())
    outcome = take(conn, archive("SENIOR MEMBER", "9,000"))
    member = find_member_by_name(conn, "Ann Lee")
    assert member is not None
    assert (member.rank, member.base_messages, member.version) == ("SENIOR MEMBER", 9000, 2)
    assert (outcome.added, outcome.changed) == (0, 1)
    assert outcome.notes == ("The card of 'Ann Lee' is now that of this archive: +1 / 9,000 / -2.",)


def test_imported_member_without_rank_is_left_to_the_ladder(conn: Connection) -> None:
    take(conn, archive(""))
    member = find_member_by_name(conn, "Ann Lee")
    assert member is not None
    assert member.rank is None


def test_imported_ban_is_a_ban_and_one_made_here_is_not_lifted(conn: Connection) -> None:
    take(conn, archive("BANNED"))
    member = find_member_by_name(conn, "Ann Lee")
    assert member is not None
    assert (member.is_banned, member.rank) == (True, None)
    take(conn, archive("ELITE MEMBER"))
    member = find_member_by_name(conn, "Ann Lee")
    assert member is not None
    assert member.is_banned


def test_starter_without_a_post_is_a_member_too(conn: Connection) -> None:
    outcome = take(conn, archive(starter="Bo"))
    assert set(outcome.ids) == {"ann lee", "bo"}
    assert take(conn, archive(starter="Bo")).ids == outcome.ids


@pytest.mark.parametrize("starter", ["Ann Lee", "Bo"])
def test_member_who_registered_here_is_never_given_words_of_an_archive(conn: Connection, starter: str) -> None:
    insert_member(conn, starter, joined_ms=0)
    with pytest.raises(ArchiveError) as refused:
        take(conn, archive(starter=starter))
    assert "who registered here" in str(refused.value)


def test_imported_member_who_was_claimed_is_left_alone(conn: Connection) -> None:
    take(conn, archive())
    conn.execute(update(members).values(is_imported=False))
    with pytest.raises(ArchiveError):
        take(conn, archive("BANNED"))
