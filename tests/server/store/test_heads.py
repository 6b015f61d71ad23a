from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.forum.models import EventDraft
from tertulia_server.store import heads as heads_module
from tertulia_server.store.heads import NO_HEAD, Head, read_cursor, read_cursors, read_heads, read_mark, read_touched
from tertulia_server.store.log import append_events, read_epoch
from tertulia_server.store.schema import heads
from tertulia_wire.cursors import Cursor


def append(conn: Connection, *channels: str) -> None:
    append_events(conn, [EventDraft(channel, "post.created", 1, 1) for channel in channels])


def test_heads_of_silent_and_unknown_channels_are_zero(conn: Connection) -> None:
    append(conn, "thread:1", "thread:1")
    assert read_heads(conn, ["thread:1", "thread:2", "nonsense"]) == {
        "thread:1": Head(2, 1),
        "thread:2": NO_HEAD,
        "nonsense": NO_HEAD,
    }
    assert NO_HEAD == (0, 1)


def test_cursors_of_several_channels_are_of_one_log(conn: Connection) -> None:
    append(conn, "forum:1", "forum:1", "forum:2")
    epoch = read_epoch(conn)
    assert read_cursors(conn, ["forum:1", "forum:3"]) == {"forum:1": Cursor(epoch, 2), "forum:3": Cursor(epoch, 0)}
    assert read_cursors(conn, []) == {}


def test_heads_of_a_trimmed_log_say_where_it_begins(conn: Connection) -> None:
    append(conn, *["thread:1"] * 9)
    conn.execute(update(heads).values(first_seq=5))
    assert read_heads(conn, ["thread:1"]) == {"thread:1": Head(9, 5)}


def test_heads_of_more_channels_than_fit_one_query(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads_module, "MAX_CHANNELS_PER_QUERY", 4)
    channels = [f"thread:{n}" for n in range(1, 12)]
    append(conn, *channels)
    assert read_heads(conn, [*channels, *channels]) == dict.fromkeys(channels, Head(1, 1))


def test_cursor_of_a_channel_is_its_head_in_this_epoch(conn: Connection) -> None:
    append(conn, "thread:1", "thread:1", "thread:10")
    assert read_cursor(conn, "thread:1") == Cursor(read_epoch(conn), 2)
    assert read_cursor(conn, "thread:2") == Cursor(read_epoch(conn), 0)


def test_mark_of_an_empty_log_finds_the_first_event(conn: Connection) -> None:
    mark = read_mark(conn)
    append(conn, "site")
    assert read_touched(conn, mark).heads == {"site": Head(1, 1)}


def test_touched_says_mark_epoch_and_only_what_moved(conn: Connection) -> None:
    append(conn, "thread:1", "forum:1")
    first = read_touched(conn, 0)
    assert set(first.heads) == {"thread:1", "forum:1"}
    append(conn, "thread:2")
    second = read_touched(conn, first.mark)
    assert second.heads == {"thread:2": Head(1, 1)}
    assert second.mark > first.mark
    assert second.epoch == read_epoch(conn)
    assert read_touched(conn, second.mark).heads == {}


def test_touched_after_a_restored_copy_tells_all_heads(conn: Connection) -> None:
    """The copy's counter is behind the marks that sweeps hold: nothing may be skipped until it has caught up."""
    append(conn, "thread:1", "forum:1")
    assert set(read_touched(conn, 1_000).heads) == {"thread:1", "forum:1"}
