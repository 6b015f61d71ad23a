from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.store.forums import (
    add_post_to_forum,
    create_category,
    create_forum,
    find_forum,
    find_rules,
    read_forum,
    read_forums,
    take_post_from_forum,
)


def test_forum_created_is_found_and_read(conn: Connection) -> None:
    category_id = create_category(conn, "Workshop")
    forum_id = create_forum(conn, category_id, "Tools & Töpfe", description="Of all kinds", audience=Audience.MEMBERS)
    row = read_forum(conn, forum_id)
    assert row is not None
    assert row.forum == {
        "id": forum_id,
        "version": 1,
        "category": "Workshop",
        "name": "Tools & Töpfe",
        "slug": "tools-topfe",
        "description": "Of all kinds",
        "thread_count": 0,
        "post_count": 0,
    }
    assert (row.rules, row.last_thread_id) == (ForumRules(forum_id, Audience.MEMBERS), None)
    assert find_forum(conn, "Tools & Töpfe") == forum_id
    assert find_rules(conn, forum_id) == row.rules


def test_forum_with_a_name_without_letters_has_a_slug_all_the_same(conn: Connection) -> None:
    row = read_forum(conn, create_forum(conn, create_category(conn, "C"), "???"))
    assert row is not None
    assert row.forum["slug"] == "forum"


def test_forum_that_is_not_there_is_none(conn: Connection) -> None:
    assert read_forum(conn, 5) is None
    assert find_forum(conn, "Nowhere") is None
    assert find_rules(conn, 5) is None


def test_forums_come_in_the_order_of_categories_and_positions(conn: Connection) -> None:
    late, early = create_category(conn, "Late", position=2), create_category(conn, "Early", position=1)
    for category_id, name, position in [(late, "D", 0), (early, "B", 5), (early, "A", 1), (late, "E", 0)]:
        create_forum(conn, category_id, name, position=position)
    assert [row.forum["name"] for row in read_forums(conn)] == ["A", "B", "D", "E"]


def test_forum_counters_move_with_posts_and_raise_the_version(conn: Connection) -> None:
    forum_id = create_forum(conn, create_category(conn, "C"), "F")
    add_post_to_forum(conn, forum_id, 17, new_threads=1)
    add_post_to_forum(conn, forum_id, 18)
    take_post_from_forum(conn, forum_id)
    row = read_forum(conn, forum_id)
    assert row is not None
    assert (row.forum["thread_count"], row.forum["post_count"], row.forum["version"]) == (1, 1, 4)
    assert row.last_thread_id == 18


def test_names_taken_twice_are_refused(conn: Connection) -> None:
    category_id = create_category(conn, "C")
    create_forum(conn, category_id, "F")
    with pytest.raises(IntegrityError):
        create_category(conn, "C")
    with pytest.raises(IntegrityError):
        create_forum(conn, category_id, "F")
