from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Audience
from tertulia_server.store import trials as module
from tertulia_server.store.schema import categories, forums
from tertulia_server.store.trials import (
    BATCH_POSTS,
    CATEGORY,
    NewBot,
    close_trial,
    delete_forum,
    delete_posts,
    delete_threads,
    find_empty_threads,
    read_trials,
    trial_channels,
    write_trial,
)
from tests.server.town import NOW_MS, Town, add_post, begin_thread, visitor_with_id


def make(conn: Connection, name: str = "Load run 1") -> tuple[int, list[int]]:
    return write_trial(conn, name, Audience.MEMBERS, [NewBot(f"{name} bot", f"hash of {name}")], NOW_MS, NOW_MS + 1)


def names(conn: Connection) -> list[str]:
    return list(conn.execute(select(categories.c.name).order_by(categories.c.id)).scalars())


def test_trials_share_a_category_that_goes_with_the_last(conn: Connection, town: Town) -> None:
    first, second = make(conn)[0], make(conn, "Load run 2")[0]
    assert [trial.name for trial in read_trials(conn)] == ["Load run 1", "Load run 2"]
    assert names(conn) == ["Town", CATEGORY]
    assert delete_forum(conn, first) is not None
    assert names(conn) == ["Town", CATEGORY]
    assert delete_forum(conn, second) is not None
    assert (names(conn), read_trials(conn)) == (["Town"], [])


def test_closed_trial_is_the_administrators(conn: Connection, town: Town) -> None:
    forum_id, _ = make(conn)
    close_trial(conn, forum_id)
    [audience] = conn.execute(select(forums.c.audience).where(forums.c.id == forum_id)).scalars()
    assert audience == "administrators"
    with pytest.raises(Refusal, match="no such trial"):
        close_trial(conn, town.forum_id)


def test_posts_go_in_batches_then_threads_then_the_forum(
    conn: Connection, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_POSTS", module._POSTS.limit(2))
    forum_id, [bot_id] = make(conn)
    bot = visitor_with_id(conn, bot_id)
    thread_id = begin_thread(conn, bot, forum_id).thread["id"]
    add_post(conn, bot, thread_id)
    add_post(conn, bot, thread_id)
    assert delete_posts(conn, forum_id) == 2 < BATCH_POSTS
    assert find_empty_threads(conn, forum_id) == []
    assert delete_forum(conn, forum_id) is None
    assert (delete_posts(conn, forum_id), delete_posts(conn, forum_id)) == (1, 0)
    assert find_empty_threads(conn, forum_id) == [thread_id]
    delete_threads(conn, [thread_id])
    assert trial_channels(conn, forum_id) == [f"forum:{forum_id}", f"member:{bot_id}"]
    assert delete_forum(conn, forum_id) is not None


def test_there_are_not_too_many(conn: Connection, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TRIALS", 1)
    make(conn)
    with pytest.raises(Refusal, match="too many trials"):
        make(conn, "Load run 2")
