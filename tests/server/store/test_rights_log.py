from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, insert, update

from tertulia_server.store.access import read_access
from tertulia_server.store.log import MAX_READ_EVENTS
from tertulia_server.store.rights_log import (
    FORUM_RIGHTS,
    MEMBER_RIGHTS,
    THREAD_RIGHTS,
    forum_rights,
    member_rights,
    read_rights,
    rights_changed,
    thread_rights,
)
from tertulia_server.store.rights_seq import RIGHTS_CHANNEL
from tertulia_server.store.schema import heads, log
from tertulia_wire.channels import parse_channel
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.errors import WireError
from tertulia_wire.messages import Event
from tests.server.town import Town


def told(conn: Connection, after: int) -> list[tuple[int, str, int]]:
    return [(event.seq, event.name, event.about_id) for event in read_rights(conn, after).events]


def test_changes_are_read_in_their_order_from_where_one_stands(conn: Connection) -> None:
    rights_changed(conn, member_rights(4))
    rights_changed(conn, forum_rights(3), thread_rights(17))
    assert told(conn, 0) == [(1, MEMBER_RIGHTS, 4), (2, FORUM_RIGHTS, 3), (3, THREAD_RIGHTS, 17)]
    assert told(conn, 2) == [(3, THREAD_RIGHTS, 17)]
    news = read_rights(conn, 3)
    assert (news.seq, news.events, news.is_whole) == (3, [], True)


def test_nothing_has_changed_in_a_new_database(conn: Connection) -> None:
    assert (read_rights(conn, 0).seq, told(conn, 0)) == (0, [])


def test_what_was_trimmed_or_is_too_much_is_not_whole(conn: Connection) -> None:
    rights_changed(conn, *(member_rights(number) for number in range(1, 6)))
    conn.execute(delete(log).where(log.c.seq <= 3))
    assert not read_rights(conn, 2).is_whole
    assert read_rights(conn, 3).is_whole
    conn.execute(update(heads).values(seq=5 + MAX_READ_EVENTS + 1))
    rows = [
        {"channel": RIGHTS_CHANNEL, "seq": 6 + place, "name": MEMBER_RIGHTS, "about_id": 1, "about_version": 0}
        for place in range(MAX_READ_EVENTS + 1)
    ]
    conn.execute(insert(log), rows)
    assert not read_rights(conn, 5).is_whole
    assert read_rights(conn, 6).is_whole


def test_head_that_went_back_is_not_whole(conn: Connection) -> None:
    rights_changed(conn, member_rights(4))
    assert not read_rights(conn, 2).is_whole


def test_publication_says_that_something_changed_and_not_what(conn: Connection) -> None:
    (publication,) = rights_changed(conn, member_rights(4)).publications()
    assert (publication.channel, publication.seq) == (RIGHTS_CHANNEL, 1)
    assert decode_server_message(publication.payload, Encoding.MSGPACK) == Event(RIGHTS_CHANNEL, 1, "void", {})


def test_channel_is_nobodys_to_follow(conn: Connection, town: Town) -> None:
    rights_changed(conn, forum_rights(town.forum_id))
    assert not read_access(conn, [RIGHTS_CHANNEL]).by_channel[RIGHTS_CHANNEL].exists
    with pytest.raises(WireError):
        parse_channel(RIGHTS_CHANNEL)
