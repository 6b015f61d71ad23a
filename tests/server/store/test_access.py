from __future__ import annotations

import pytest
from sqlalchemy import Connection, event

from tertulia_server.forum.models import Audience, ForumRules
from tertulia_server.store import access as access_module
from tertulia_server.store.access import SITE_RULES, ChannelAccess, read_access
from tertulia_server.store.log import read_epoch
from tests.server.town import Town, begin_thread


def test_access_of_each_kind_of_channel(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.mona, town.staff_forum_id).thread["id"]
    ada = town.ada.member_id
    names = [f"thread:{thread_id}", f"forum:{town.staff_forum_id}", f"forum:{town.forum_id}", "site", f"member:{ada}"]
    accesses = read_access(conn, names)
    assert accesses.epoch == read_epoch(conn)
    assert list(accesses.by_channel.values()) == [
        ChannelAccess(names[0], ForumRules(town.staff_forum_id, Audience.STAFF), None, 2, 1, exists=True),
        ChannelAccess(names[1], ForumRules(town.staff_forum_id, Audience.STAFF), None, 2, 1, exists=True),
        ChannelAccess(names[2], ForumRules(town.forum_id), None, 0, 1, exists=True),
        ChannelAccess(names[3], SITE_RULES, None, 0, 1, exists=True),
        ChannelAccess(names[4], None, ada, 0, 1, exists=True),
    ]


@pytest.mark.parametrize("name", ["thread:99", "forum:99", "member:99", "thread:x", "", "thread:0", "room:1", "site:1"])
def test_access_of_what_is_no_channel_does_not_exist(conn: Connection, town: Town, name: str) -> None:
    assert read_access(conn, [name]).by_channel == {name: ChannelAccess(name, None, None, 0, 1, exists=False)}


def test_access_of_many_channels_costs_a_handful_of_queries(conn: Connection, town: Town) -> None:
    names = [f"{kind}:{n}" for kind in ("thread", "forum", "member") for n in range(1, 200)]
    queries = 0

    @event.listens_for(conn, "before_cursor_execute")
    def note(*_args: object) -> None:
        nonlocal queries
        queries += 1

    assert len(read_access(conn, names).by_channel) == len(names)
    assert queries == 5


def test_access_of_more_channels_than_fit_one_query(
    conn: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_module, "MAX_CHANNELS_PER_QUERY", 2)
    names = [f"forum:{town.forum_id}", "forum:98", f"forum:{town.staff_forum_id}", "forum:99", "site"]
    accesses = read_access(conn, names).by_channel
    assert [accesses[name].exists for name in names] == [True, False, True, False, True]
