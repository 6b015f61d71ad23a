from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.forum.shaping import CategoryChange, ForumChange
from tertulia_server.store.forums import find_rules, read_forum
from tertulia_server.store.rights_log import FORUM_RIGHTS, read_rights
from tertulia_server.store.shaping import (
    read_plan,
    write_category,
    write_category_change,
    write_forum,
    write_forum_change,
)
from tertulia_wire.codes import Code
from tests.server.town import Town


def make(conn: Connection, name: str, category: str = "House", *, position: int = 0) -> int:
    return write_forum(
        conn,
        name,
        category=category,
        description="",
        audience=Audience.PUBLIC,
        posting=Audience.MEMBERS,
        position=position,
    )


def test_plan_has_everything_in_its_order(conn: Connection, town: Town) -> None:
    make(conn, "Kitchen", position=2)
    make(conn, "Cellar", position=1)
    write_category(conn, "Empty", 5)
    plan = read_plan(conn)
    assert [(category.name, [one.forum["name"] for one in category.forums]) for category in plan] == [
        ("Town", ["Town talk", "Staff", "Members"]),
        ("House", ["Cellar", "Kitchen"]),
        ("Empty", []),
    ]
    staff = plan[0].forums[1]
    assert staff.rules == ForumRules(town.staff_forum_id, Audience.STAFF)
    assert ([name for _, name in staff.moderators], staff.position) == (["mona"], 2)


def test_forum_is_renamed_described_placed_and_moved_to_another_category(conn: Connection, town: Town) -> None:
    before = read_forum(conn, town.forum_id)
    change = ForumChange(name="Square", category="Outside", description="In the sun", position=7)
    assert write_forum_change(conn, town.forum_id, change) is None
    after = read_forum(conn, town.forum_id)
    assert before is not None
    assert after is not None
    assert after.forum == {
        **before.forum,
        "version": before.forum["version"] + 1,
        "name": "Square",
        "slug": "square",
        "category": "Outside",
        "description": "In the sun",
    }
    assert read_rights(conn, 0).events == []


def test_change_of_readers_is_told_to_every_worker(conn: Connection, town: Town) -> None:
    change = ForumChange(audience=Audience.MEMBERS, posting=Audience.STAFF)
    assert write_forum_change(conn, town.forum_id, change) is not None
    assert find_rules(conn, town.forum_id) == ForumRules(town.forum_id, Audience.MEMBERS, Audience.STAFF)
    assert [(event.name, event.about_id) for event in read_rights(conn, 0).events] == [(FORUM_RIGHTS, town.forum_id)]
    assert write_forum_change(conn, town.forum_id, change) is None


def test_names_are_taken_once(conn: Connection, town: Town) -> None:
    def taken(attempt: object) -> bool:
        with pytest.raises(Refusal) as refused:
            attempt()  # type: ignore[operator]
        return refused.value.code is Code.NAME_TAKEN

    category_id = write_category(conn, "House", 0)
    assert taken(lambda: make(conn, "Town talk"))
    assert taken(lambda: write_forum_change(conn, town.forum_id, ForumChange(name="Staff")))
    assert taken(lambda: write_category(conn, "Town", 0))
    assert taken(lambda: write_category_change(conn, category_id, CategoryChange(name="Town")))
    write_forum_change(conn, town.forum_id, ForumChange(name="Town talk"))
    write_category_change(conn, category_id, CategoryChange(name="House", position=9))
    assert [(category.name, category.position) for category in read_plan(conn)] == [("Town", 0), ("House", 9)]


def test_what_is_not_there_is_not_found(conn: Connection) -> None:
    for attempt in (
        lambda: write_forum_change(conn, 99, ForumChange(name="x")),
        lambda: write_category_change(conn, 99, CategoryChange(name="x")),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code is Code.NOT_FOUND
