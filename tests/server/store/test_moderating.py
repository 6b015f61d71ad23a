from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import GUEST
from tertulia_server.forum.moderation import ThreadChange
from tertulia_server.store.moderating import check_member_standing, write_thread_change
from tertulia_server.store.pages import read_forum_page
from tertulia_server.store.schema import threads
from tests.server.town import NOW_MS, Town, begin_thread


def test_pinned_thread_stands_first(conn: Connection, town: Town) -> None:
    old = begin_thread(conn, town.ada, town.forum_id, "Old").thread["id"]
    begin_thread(conn, town.ada, town.forum_id, "New")
    written = write_thread_change(conn, town.mona, old, ThreadChange(is_pinned=True), now_ms=NOW_MS)
    assert written.announcement is not None
    page = read_forum_page(conn, town.forum_id, 1)
    assert page is not None
    assert [thread["title"] for thread in page.threads] == ["Old", "New"]
    assert page.threads[0] == written.thread


def test_thread_that_was_merged_is_not_changed_any_more(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    conn.execute(update(threads).values(merged_into=thread_id))
    with pytest.raises(Refusal, match="merged"):
        write_thread_change(conn, town.mona, thread_id, ThreadChange(is_locked=True), now_ms=NOW_MS)


def test_guest_has_no_standing(conn: Connection) -> None:
    with pytest.raises(Refusal):
        check_member_standing(conn, GUEST)
