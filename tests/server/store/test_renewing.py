from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from tertulia_server.forum.text import RENDERING
from tertulia_server.store.changing import write_edit
from tertulia_server.store.log import read_log
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.profiles import read_profile
from tertulia_server.store.renewing import renew_html
from tertulia_server.store.replay import render_events
from tertulia_server.store.reports import read_queue, write_report
from tertulia_server.store.schema import posts
from tests.server.town import NOW_MS, Town, add_post, begin_thread

NEW = '<p><a href="/members/{}-bob" rel="nofollow ugc noopener">@bob</a> <strong>once</strong></p>\n'


def test_post_of_older_rules_is_shown_by_the_new_ones_wherever_it_is_read(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.bob, town.forum_id).thread["id"]
    post = add_post(conn, town.ada, thread_id, "@bob **once**").post
    write_report(conn, town.bob, post["id"], "look", now_ms=NOW_MS)
    wanted = NEW.format(town.bob.member_id)

    def shown() -> list[str | None]:
        page = read_thread_page(conn, thread_id, 1)
        profile = read_profile(conn, town.ada, town.ada.member_id or 0)
        assert page is not None
        assert profile is not None
        (event,) = render_events(conn, read_log(conn, f"thread:{thread_id}", 2, 3))
        data: Any = event.data
        return [
            page.posts[1]["html"],
            profile.posts[0].post["html"],
            data["post"]["html"],
            read_queue(conn, None)[0].html,
        ]

    assert shown() == ["<p>@bob **once**</p>"] * 4, "what was rendered by these rules is as it was kept"
    conn.execute(update(posts).where(posts.c.id == post["id"]).values(rendering=RENDERING - 1))
    assert shown() == [wanted] * 4


def test_what_is_written_or_edited_now_is_of_these_rules(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post = add_post(conn, town.ada, thread_id).post
    conn.execute(update(posts).where(posts.c.id == post["id"]).values(rendering=1))
    write_edit(conn, town.ada, post["id"], "Better", "<p>Better</p>", version=1, now_ms=NOW_MS)
    rows = conn.execute(select(posts)).all()
    assert {row.rendering for row in rows} == {RENDERING}
    assert renew_html(conn, rows) == {}
