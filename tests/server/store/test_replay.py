from __future__ import annotations

from sqlalchemy import Connection, delete, event

from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.changing import write_edit
from tertulia_server.store.log import append_events, read_log
from tertulia_server.store.members import read_cards
from tertulia_server.store.replay import RenderedEvent, render_events, to_publication
from tertulia_server.store.schema import posts
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Event
from tests.server.town import NOW_MS, Town, add_post, begin_thread, move


def test_events_are_rendered_from_what_is_true_now(conn: Connection, town: Town) -> None:
    """The first event of a post that was edited since shows the new text and its version."""
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post_id = add_post(conn, town.bob, thread_id, "Before").post["id"]
    edited = write_edit(conn, town.bob, post_id, "After", "After", version=1, now_ms=NOW_MS)
    rendered = render_events(conn, read_log(conn, f"thread:{thread_id}", 0, 99))
    assert [one.name for one in rendered] == ["thread.created", "post.created", "post.created", "post.edited"]
    assert [one.seq for one in rendered] == [1, 2, 3, 4]
    assert rendered[0].data == {"thread": edited.thread}
    assert rendered[2].data["post"] == rendered[3].data["post"] == edited.post  # type: ignore[typeddict-item]
    assert "key_hash" in rendered[2].data
    assert "key_hash" not in rendered[3].data


def test_events_of_a_thread_that_moved_are_void_in_its_old_forum(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    post_id = add_post(conn, town.bob, thread_id).post["id"]
    move(conn, thread_id, town.staff_forum_id)
    rendered = render_events(conn, read_log(conn, f"forum:{town.forum_id}", 0, 99))
    assert rendered[2] == RenderedEvent(f"forum:{town.forum_id}", 3, "void", post_id, {})
    assert {(one.name, len(one.data)) for one in rendered} == {("void", 0)}
    own = render_events(conn, read_log(conn, f"thread:{thread_id}", 0, 99))
    assert [one.name for one in own] == ["thread.created", "post.created", "post.created"]


def test_events_about_what_is_gone_unknown_or_elsewhere_are_void(conn: Connection, town: Town) -> None:
    begun = begin_thread(conn, town.ada, town.forum_id)
    thread_id = begun.thread["id"]
    assert town.ada.member_id is not None
    post_id = add_post(conn, town.bob, thread_id).post["id"]
    conn.execute(delete(posts).where(posts.c.id == post_id))
    odd = [
        LoggedEvent(f"thread:{thread_id}", 9, "post.created", post_id, 1),
        LoggedEvent(f"thread:{thread_id}", 10, "post.created", 999, 1),
        LoggedEvent(f"thread:{thread_id}", 11, "thread.changed", 999, 1),
        LoggedEvent(f"thread:{thread_id + 1}", 1, "post.created", begun.post["id"], 1),
        LoggedEvent(f"thread:{thread_id}", 12, "post.sung", begun.post["id"], 1),
        LoggedEvent(f"thread:{thread_id}", 13, "member.changed", town.ada.member_id, 1),
        LoggedEvent("site", 1, "member.changed", 999, 1),
    ]
    assert [(one.name, one.data) for one in render_events(conn, odd)] == [("void", {})] * len(odd)


def test_member_changed_shows_the_card_to_the_site(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    logged = append_events(conn, [EventDraft("site", "member.changed", ada, 1)])
    assert [one.data for one in render_events(conn, logged)] == [{"member": read_cards(conn, [ada])[ada]}]


def test_batch_of_any_size_costs_the_same_few_queries(conn: Connection, town: Town) -> None:
    thread_id = begin_thread(conn, town.ada, town.forum_id).thread["id"]
    for _ in range(30):
        add_post(conn, town.bob, thread_id)
    logged = read_log(conn, f"forum:{town.forum_id}", 0, 99)
    queries = 0

    @event.listens_for(conn, "before_cursor_execute")
    def note(*_args: object) -> None:
        nonlocal queries
        queries += 1

    assert len(render_events(conn, logged)) == 32
    assert queries == 3


def test_nothing_to_render_asks_nothing(conn: Connection) -> None:
    assert render_events(conn, []) == []


def test_publication_carries_the_message_as_readers_get_it() -> None:
    rendered = RenderedEvent("thread:1", 7, "void", 40, {})
    publication = to_publication("abc", rendered, 5)
    assert (publication.channel, publication.epoch, publication.seq) == ("thread:1", "abc", 7)
    assert (publication.name, publication.about_id) == ("void", 40)
    assert publication.rights_seq == 5
    assert decode_server_message(publication.payload, Encoding.MSGPACK) == Event("thread:1", 7, "void", {})
