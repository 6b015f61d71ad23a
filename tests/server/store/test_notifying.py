"""Who is told of a post, and that the follower's way is the same however it is interrupted."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, func, select, update

from tertulia_server.forum.notifications import NotificationChoices
from tertulia_server.store import notifying
from tertulia_server.store.changing import write_edit, write_removal, write_restoration
from tertulia_server.store.log import read_log
from tertulia_server.store.moderators import appoint, dismiss
from tertulia_server.store.moving_posts import write_posts_moved
from tertulia_server.store.notifications import count_unread, find_late, read_latest, set_late_read
from tertulia_server.store.notifying import LEASE_MS, Step, Turn, has_backlog, may_step, take_step
from tertulia_server.store.read_marks import ReadMark, raise_marks
from tertulia_server.store.replay import render_events
from tertulia_server.store.schema import forums, notifications
from tertulia_server.store.watches import is_watching, set_choices, set_watching
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, move


@pytest.fixture
def thread_id(conn: Connection, town: Town) -> int:
    thread_id = begin_thread(conn, town.bob, town.forum_id).thread["id"]
    work_off(conn)
    return thread_id


def id_of(who: object) -> int:
    member_id = getattr(who, "member_id", None)
    assert isinstance(member_id, int)
    return member_id


def work_off(conn: Connection) -> list[Step]:
    """All that is there to do, step by step."""
    steps = []
    while has_backlog(conn):
        step = take_step(conn, Turn("one", NOW_MS))
        assert step is not None
        steps.append(step)
    return steps


def told(conn: Connection, who: object) -> list[tuple[str, int]]:
    """What the member was told, oldest first: why, and the number of the post."""
    return [(one["kind"], one["number"]) for one in reversed(read_latest(conn, id_of(who)))]


def test_mention_quote_and_reply_are_told_to_whom_it_concerns(conn: Connection, town: Town, thread_id: int) -> None:
    quoted = add_post(conn, town.mona, thread_id, "I say").post["id"]
    add_post(conn, town.ada, thread_id, f"@mona look\n\n> [mona](/posts/{quoted})\n> I say\n\nYes.")
    work_off(conn)
    assert told(conn, town.mona) == [("mention", 3)], "one notification for a post, with the most personal reason"
    assert told(conn, town.bob) == [("reply", 2)], "who began the thread watches it; one unread reply is enough"
    assert told(conn, town.ada) == []


def test_nobody_is_told_of_their_own_post(conn: Connection, town: Town, thread_id: int) -> None:
    own = add_post(conn, town.bob, thread_id, "@bob").post["id"]
    add_post(conn, town.bob, thread_id, f"> [bob](/posts/{own})\n\nYes.")
    work_off(conn)
    assert told(conn, town.bob) == []


def test_who_replies_watches_unless_they_do_not_want_to(conn: Connection, town: Town, thread_id: int) -> None:
    set_choices(conn, id_of(town.mona), NotificationChoices(watch_on_reply=False))
    for who in (town.ada, town.mona):
        add_post(conn, who, thread_id)
    work_off(conn)
    watching = [is_watching(conn, thread_id, id_of(who)) for who in (town.bob, town.ada, town.mona)]
    assert watching == [True, True, False]


def test_choices_are_honoured(conn: Connection, town: Town, thread_id: int) -> None:
    set_choices(conn, id_of(town.ada), NotificationChoices(mention=False))
    set_choices(conn, id_of(town.bob), NotificationChoices(reply=False))
    add_post(conn, town.mona, thread_id, "@ada @bob")
    add_post(conn, town.mona, thread_id, "again")
    work_off(conn)
    assert (told(conn, town.ada), told(conn, town.bob)) == ([], [("mention", 2)])


def test_only_who_may_read_the_post_now_is_told(conn: Connection, town: Town, thread_id: int) -> None:
    set_watching(conn, thread_id, id_of(town.ada), is_watching=True)
    set_watching(conn, thread_id, id_of(town.mona), is_watching=True)
    add_post(conn, town.bob, thread_id, "@ada @mona @rob")
    move(conn, thread_id, town.staff_forum_id)
    ban(conn, id_of(town.bob))
    work_off(conn)
    assert [told(conn, who) for who in (town.ada, town.mona, town.rob)] == [[], [("mention", 2)], []]
    (event,) = render_events(conn, read_log(conn, f"member:{town.mona.member_id}", 0, 9))
    assert event.data["unread"] == 1  # type: ignore[typeddict-item]
    assert read_log(conn, f"member:{town.ada.member_id}", 0, 9) == []


def test_removed_post_is_told_to_nobody(conn: Connection, town: Town, thread_id: int) -> None:
    post_id = add_post(conn, town.ada, thread_id, "@mona").post["id"]
    write_removal(conn, town.mona, post_id, now_ms=NOW_MS)
    work_off(conn)
    assert (told(conn, town.mona), told(conn, town.bob)) == ([], [])


def test_event_is_rendered_from_what_is_true_now(conn: Connection, town: Town, thread_id: int) -> None:
    post = add_post(conn, town.bob, thread_id, "@ada").post
    (step,) = work_off(conn)
    assert step.announcement is not None
    (announced,) = step.announcement.events
    (data,) = read_latest(conn, id_of(town.ada))
    assert (announced.channel, announced.name) == (f"member:{town.ada.member_id}", "notified")
    assert announced.data == {"unread": 1, "notification": data}
    write_removal(conn, town.mona, post["id"], now_ms=NOW_MS)
    (replayed,) = render_events(conn, read_log(conn, announced.channel, 0, 9))
    assert replayed.data == {"unread": 0, "notification": None}


def test_thread_that_many_watch_is_told_in_parts(
    conn: Connection, town: Town, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "MAX_WATCHERS_PER_STEP", 1)
    everybody = (town.ada, town.bob, town.mona)
    for who in everybody:
        set_watching(conn, thread_id, id_of(who), is_watching=True)
    add_post(conn, town.mona, thread_id, "@ada")
    add_post(conn, town.mona, thread_id, "more")
    steps = work_off(conn)
    assert len(steps) > 3
    assert [told(conn, who) for who in everybody] == [[("mention", 2), ("reply", 3)], [("reply", 2)], []]
    assert conn.execute(select(func.count()).select_from(notifications)).scalar_one() == 3


def test_other_worker_waits_for_the_lease(conn: Connection, town: Town, thread_id: int) -> None:
    add_post(conn, town.ada, thread_id)
    assert may_step(conn, Turn("one", NOW_MS)) is True
    assert may_step(conn, Turn("two", NOW_MS)) is False
    assert take_step(conn, Turn("two", NOW_MS)) is None, "one had it just now"
    assert has_backlog(conn)
    assert may_step(conn, Turn("two", NOW_MS + LEASE_MS)) is True
    step = take_step(conn, Turn("two", NOW_MS + LEASE_MS))
    assert step is not None
    assert step.fence == 2
    assert told(conn, town.bob) == [("reply", 2)]
    assert take_step(conn, Turn("two", NOW_MS + LEASE_MS)) == Step(2)
    assert may_step(conn, Turn("two", NOW_MS + LEASE_MS)) is None
    assert may_step(conn, Turn("one", NOW_MS + LEASE_MS)) is None


def edit(conn: Connection, town: Town, post_id: int, version: int, text: str) -> None:
    write_edit(conn, town.bob, post_id, text, text, version=version, now_ms=NOW_MS)


def test_edit_tells_those_whom_no_earlier_text_named(conn: Connection, town: Town, thread_id: int) -> None:
    set_choices(conn, id_of(town.mona), NotificationChoices(watch_on_reply=False))
    quoted = add_post(conn, town.mona, thread_id, "I say").post["id"]
    post_id = add_post(conn, town.bob, thread_id, "@ada look").post["id"]
    work_off(conn)
    raise_marks(conn, [ReadMark(id_of(who), thread_id, 3) for who in (town.ada, town.mona)])
    edit(conn, town, post_id, 1, "@ada, and @bob")
    edit(conn, town, post_id, 2, f"@ada, look\n\n> [mona](/posts/{quoted})\n> I say\n\nYes.")
    work_off(conn)
    assert (told(conn, town.ada), told(conn, town.mona)) == ([("mention", 3)], [("quote", 3)])
    assert told(conn, town.bob) == [("reply", 2)]
    assert count_unread(conn, [id_of(town.ada), id_of(town.mona)]) == {id_of(town.ada): 0, id_of(town.mona): 1}
    for version, text in enumerate(("nobody", "@ada @mona again"), start=3):
        edit(conn, town, post_id, version, text)
    work_off(conn)
    assert (told(conn, town.ada), told(conn, town.mona)) == ([("mention", 3)], [("quote", 3)])


def test_who_was_forgotten_for_want_of_room_is_not_told_of_the_same_post_again(
    conn: Connection, town: Town, thread_id: int
) -> None:
    post_id = add_post(conn, town.bob, thread_id, "@ada look").post["id"]
    work_off(conn)
    conn.execute(delete(notifications))
    edit(conn, town, post_id, 1, "@ada look here")
    write_removal(conn, town.mona, post_id, now_ms=NOW_MS)
    write_restoration(conn, town.mona, post_id, now_ms=NOW_MS)
    other = begin_thread(conn, town.bob, town.forum_id, "Elsewhere").thread["id"]
    write_posts_moved(conn, town.mona, thread_id, [post_id], other, now_ms=NOW_MS)
    work_off(conn)
    assert told(conn, town.ada) == []


def test_edit_that_was_taken_back_before_it_was_told_is_told_to_nobody(
    conn: Connection, town: Town, thread_id: int
) -> None:
    post_id = add_post(conn, town.bob, thread_id, "look").post["id"]
    edit(conn, town, post_id, 1, "@ada look")
    edit(conn, town, post_id, 2, "look here")
    work_off(conn)
    assert told(conn, town.ada) == []


def test_page_with_the_post_is_the_reading_of_what_its_edit_told(conn: Connection, town: Town, thread_id: int) -> None:
    post_id = add_post(conn, town.bob, thread_id, "look").post["id"]
    work_off(conn)
    raise_marks(conn, [ReadMark(id_of(town.ada), thread_id, 2)])
    edit(conn, town, post_id, 1, "@ada look")
    work_off(conn)
    assert find_late(conn, id_of(town.ada), thread_id, 1, 2) == []
    assert find_late(conn, id_of(town.mona), thread_id, 1, 21) == []
    late = find_late(conn, id_of(town.ada), thread_id, 1, 21)
    set_late_read(conn, late, NOW_MS)
    assert len(late) == 1
    assert count_unread(conn, [id_of(town.ada)]) == {id_of(town.ada): 0}


def test_in_a_forum_of_moderators_they_alone_are_told_and_only_as_long_as_they_are_it(
    conn: Connection, town: Town, thread_id: int
) -> None:
    appoint(conn, id_of(town.ada), town.members_forum_id)
    add_post(conn, town.bob, thread_id, "@ada @mona")
    conn.execute(update(forums).where(forums.c.id == town.forum_id).values(audience="moderators"))
    work_off(conn)
    assert (told(conn, town.mona), told(conn, town.ada)) == ([("mention", 2)], [])
    assert count_unread(conn, [id_of(town.mona)]) == {id_of(town.mona): 1}
    dismiss(conn, id_of(town.mona), town.forum_id)
    assert (told(conn, town.mona), count_unread(conn, [id_of(town.mona)])) == ([], {id_of(town.mona): 0})
