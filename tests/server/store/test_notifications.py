from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.forum.models import Visitor
from tertulia_server.forum.notifications import NotificationKind
from tertulia_server.store import notifications
from tertulia_server.store.changing import write_removal
from tertulia_server.store.notifications import (
    NewNotification,
    count_unread,
    find_told_in_thread,
    insert_notifications,
    prune_notifications,
    read_badges,
    read_latest,
    read_notifications,
    set_notifications_read,
)
from tertulia_server.store.read_marks import ReadMark, raise_marks
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, move


@pytest.fixture
def ada(town: Town) -> int:
    assert town.ada.member_id is not None
    return town.ada.member_id


@pytest.fixture
def thread_id(conn: Connection, town: Town) -> int:
    return begin_thread(conn, town.bob, town.forum_id).thread["id"]


def tell(
    conn: Connection,
    member_id: int,
    by: Visitor,
    thread_id: int,
    kind: NotificationKind = NotificationKind.REPLY,
) -> tuple[int, int]:
    """A post that the member is told of: the ids of both."""
    post_id = add_post(conn, by, thread_id).post["id"]
    (told,) = insert_notifications(conn, [NewNotification(member_id, post_id, kind, NOW_MS)])
    return told.id, post_id


def unread(conn: Connection, member_id: int) -> int:
    return count_unread(conn, [member_id])[member_id]


def test_member_is_told_of_a_post_once(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    first, post_id = tell(conn, ada, town.bob, thread_id, NotificationKind.MENTION)
    again = NewNotification(ada, post_id, NotificationKind.REPLY, NOW_MS)
    assert insert_notifications(conn, [again]) == []
    assert read_latest(conn, ada) == [
        {
            "id": first,
            "kind": "mention",
            "by": "bob",
            "thread_id": thread_id,
            "title": "The fair",
            "post_id": post_id,
            "number": 2,
            "created_ms": NOW_MS,
            "is_read": False,
        }
    ]


def test_what_the_mark_has_passed_is_read(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    ids = [tell(conn, ada, town.bob, thread_id)[0] for _ in range(3)]
    counts = [unread(conn, ada)]
    for number in (2, 3, 4):
        raise_marks(conn, [ReadMark(ada, thread_id, number)])
        counts.append(unread(conn, ada))
    assert counts == [3, 2, 1, 0]
    assert [(one["id"], one["is_read"]) for one in read_latest(conn, ada)] == [(one, True) for one in reversed(ids)]


def test_member_says_what_is_read(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    ids = [tell(conn, ada, town.bob, thread_id)[0] for _ in range(3)]
    assert set_notifications_read(conn, ada, ids[1], NOW_MS)
    assert not set_notifications_read(conn, ada, ids[1], NOW_MS)
    assert [one["is_read"] for one in read_latest(conn, ada)] == [False, True, True]
    assert unread(conn, ada) == 1


def test_what_may_not_be_read_is_neither_shown_nor_counted(
    conn: Connection, town: Town, ada: int, thread_id: int
) -> None:
    told, _ = tell(conn, ada, town.bob, thread_id)
    move(conn, thread_id, town.staff_forum_id)
    assert (unread(conn, ada), read_latest(conn, ada), read_notifications(conn, [told])) == (0, [], {})
    move(conn, thread_id, town.members_forum_id)
    assert (unread(conn, ada), len(read_latest(conn, ada)), len(read_notifications(conn, [told]))) == (1, 1, 1)
    ban(conn, ada)
    assert (unread(conn, ada), read_latest(conn, ada)) == (0, [])


def test_removed_post_is_no_news(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    _, post_id = tell(conn, ada, town.bob, thread_id)
    write_removal(conn, town.mona, post_id, now_ms=NOW_MS)
    assert (unread(conn, ada), read_latest(conn, ada)) == (0, [])


def test_one_unread_reply_of_a_thread_is_enough(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    tell(conn, ada, town.bob, thread_id, NotificationKind.MENTION)
    assert find_told_in_thread(conn, [ada], thread_id) == set()
    tell(conn, ada, town.bob, thread_id)
    assert find_told_in_thread(conn, [ada], thread_id) == {ada}
    assert find_told_in_thread(conn, [ada], thread_id + 1) == set()
    raise_marks(conn, [ReadMark(ada, thread_id, 3)])
    assert find_told_in_thread(conn, [ada], thread_id) == set()


def test_oldest_go_first(
    conn: Connection, town: Town, ada: int, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [tell(conn, ada, town.bob, thread_id)[0] for _ in range(5)]
    monkeypatch.setattr(notifications, "_OLDEST_KEPT", notifications._OLDEST_KEPT.offset(1))
    prune_notifications(conn, [ada])
    assert [one["id"] for one in read_latest(conn, ada)] == [ids[4], ids[3]]
    assert [one["id"] for one in read_latest(conn, ada, before=ids[4])] == [ids[3]]


def test_badge_has_the_cursor_of_the_members_channel(conn: Connection, town: Town, ada: int, thread_id: int) -> None:
    tell(conn, ada, town.bob, thread_id)
    badges = read_badges(conn, [ada])
    assert badges[ada].unread == 1
    assert badges[ada].cursor.seq == 0
