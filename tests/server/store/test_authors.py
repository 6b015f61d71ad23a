from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tertulia_server.errors import Refusal
from tertulia_server.forum.marks import Mark
from tertulia_server.store.authors import BURST_MS, CLOCK_SLACK_MS, check_standing, count_message, count_post
from tertulia_server.store.bots import insert_bot
from tertulia_server.store.members import get_member
from tertulia_server.store.ratings import NewRating, write_rating
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, add_post, ban, begin_thread, visitor_with_id


def test_message_counted_raises_the_card_and_tells_a_ban(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    assert count_message(conn, ada, 1) is False
    assert count_message(conn, ada, 1) is False
    ban(conn, ada)
    assert count_message(conn, ada, -1) is True
    member = get_member(conn, ada)
    assert member is not None
    assert (member.messages, member.version) == (1, 4)


@pytest.mark.parametrize(("name", "code"), [("rob", Code.BANNED), ("nobody", Code.UNAUTHENTICATED)])
def test_standing_lost_is_refused(conn: Connection, town: Town, name: str, code: Code) -> None:
    member_id = town.rob.member_id if name == "rob" else 99
    assert member_id is not None
    with pytest.raises(Refusal) as refused:
        check_standing(conn, member_id)
    assert refused.value.code is code


def test_standing_kept_passes(conn: Connection, town: Town) -> None:
    assert town.ada.member_id is not None
    check_standing(conn, town.ada.member_id)


def test_bot_has_lost_its_standing_when_its_owner_has(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id
    assert ada is not None
    bot_id = insert_bot(conn, "Keeper", ada, NOW_MS)
    thread_id = begin_thread(conn, town.bob, town.forum_id).thread["id"]
    bot = visitor_with_id(conn, bot_id)
    add_post(conn, bot, thread_id)
    ban(conn, ada)
    rated = add_post(conn, town.bob, thread_id).post["id"]
    for write in (
        lambda: check_standing(conn, bot_id),
        lambda: add_post(conn, bot, thread_id),
        lambda: write_rating(conn, bot, rated, NewRating(Mark.POSITIVE, NOW_MS)),
    ):
        with pytest.raises(Refusal) as refused:
            write()
        assert refused.value.code is Code.BANNED


def retry_after_ms(conn: Connection, town: Town, now_ms: int, pace_ms: int) -> int:
    """0 if ada may post then."""
    assert town.ada.member_id is not None
    try:
        with conn.begin_nested():
            count_post(conn, town.ada.member_id, now_ms, pace_ms)
    except Refusal as refusal:
        return (refusal.retry_after_ms or -1) if refusal.code is Code.RATE_LIMITED else -1
    return 0


def test_posts_of_a_minute_may_come_at_once_and_then_one_by_one(conn: Connection, town: Town) -> None:
    pace_ms = BURST_MS // 3
    assert [retry_after_ms(conn, town, NOW_MS, pace_ms) for _ in range(5)] == [0, 0, 0, pace_ms, pace_ms]
    assert retry_after_ms(conn, town, NOW_MS + pace_ms - 1, pace_ms) == 1
    assert retry_after_ms(conn, town, NOW_MS + pace_ms, pace_ms) == 0
    assert retry_after_ms(conn, town, NOW_MS + pace_ms, pace_ms) == pace_ms
    later_ms = NOW_MS + 10 * BURST_MS
    assert [retry_after_ms(conn, town, later_ms, pace_ms) for _ in range(4)] == [0, 0, 0, pace_ms]


def test_without_a_pace_there_is_no_limit(conn: Connection, town: Town) -> None:
    assert not any(retry_after_ms(conn, town, NOW_MS, 0) for _ in range(50))


def test_clock_that_is_a_little_behind_gives_nothing_away(conn: Connection, town: Town) -> None:
    pace_ms = BURST_MS
    assert retry_after_ms(conn, town, NOW_MS, pace_ms) == 0
    assert retry_after_ms(conn, town, NOW_MS - CLOCK_SLACK_MS, pace_ms) == pace_ms + CLOCK_SLACK_MS


def test_clock_that_was_set_back_silences_nobody(conn: Connection, town: Town) -> None:
    assert retry_after_ms(conn, town, NOW_MS, BURST_MS) == 0
    assert retry_after_ms(conn, town, NOW_MS - 3_600_000, BURST_MS) == 0


def test_banned_author_is_refused_as_such(conn: Connection, town: Town) -> None:
    assert town.rob.member_id is not None
    with pytest.raises(Refusal) as refused:
        count_post(conn, town.rob.member_id, NOW_MS, 1)
    assert refused.value.code is Code.BANNED
