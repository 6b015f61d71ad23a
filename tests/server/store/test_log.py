from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, event

from tertulia_server.errors import TertuliaError
from tertulia_server.forum.models import EventDraft, LoggedEvent
from tertulia_server.store.log import MAX_READ_EVENTS, append_events, append_in_epoch, read_epoch, read_log, renew_epoch
from tertulia_server.store.schema import facts
from tertulia_wire.cursors import is_epoch


def test_events_appended_get_the_next_seq_of_their_channel_in_the_order_of_the_drafts(conn: Connection) -> None:
    drafts = [
        EventDraft("thread:7", "thread.created", 7, 1),
        EventDraft("forum:2", "thread.created", 7, 1),
        EventDraft("thread:7", "post.created", 40, 1),
        EventDraft("forum:2", "post.created", 40, 1),
    ]
    expected = [
        LoggedEvent("thread:7", 1, "thread.created", 7, 1),
        LoggedEvent("forum:2", 1, "thread.created", 7, 1),
        LoggedEvent("thread:7", 2, "post.created", 40, 1),
        LoggedEvent("forum:2", 2, "post.created", 40, 1),
    ]
    assert append_events(conn, drafts) == expected
    again = append_events(conn, [EventDraft("forum:2", "post.edited", 40, 2)])
    assert again == [LoggedEvent("forum:2", 3, "post.edited", 40, 2)]
    assert read_log(conn, "thread:7", 0, 99) == [expected[0], expected[2]]


def test_events_appended_raise_all_heads_in_one_statement_in_the_order_of_names(conn: Connection) -> None:
    statements: list[tuple[str, object]] = []

    @event.listens_for(conn, "before_cursor_execute")
    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    append_events(conn, [EventDraft(channel, "post.created", 1, 1) for channel in ("thread:9", "forum:1", "site")])
    (raising, parameters), (logging, _) = statements
    assert raising.startswith("INSERT INTO heads")
    assert [word for word in parameters if isinstance(word, str) and word not in {"epoch", "rights"}] == [  # type: ignore[attr-defined]
        "forum:1",
        "site",
        "thread:9",
    ]
    assert logging.startswith("INSERT INTO log")


def test_no_events_appended_do_nothing(conn: Connection) -> None:
    assert append_events(conn, []) == []


def test_epoch_comes_with_the_events(conn: Connection) -> None:
    assert append_in_epoch(conn, [EventDraft("site", "member.changed", 1, 1)]).epoch == read_epoch(conn)


@pytest.mark.parametrize(("after", "until", "expected"), [(0, 3, [1, 2, 3]), (2, 4, [3, 4]), (5, 9, []), (3, 3, [])])
def test_log_read_gives_what_lies_after_and_until(
    conn: Connection, after: int, until: int, expected: list[int]
) -> None:
    append_events(conn, [EventDraft("thread:1", "post.created", n, 1) for n in range(5)])
    append_events(conn, [EventDraft("thread:10", "post.created", n, 1) for n in range(9)])
    assert [entry.seq for entry in read_log(conn, "thread:1", after, until)] == expected


def test_log_read_is_bounded(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    append_events(conn, [EventDraft("thread:1", "post.created", n, 1) for n in range(MAX_READ_EVENTS + 5)])
    entries = read_log(conn, "thread:1", 2, 10**9)
    assert [entries[0].seq, len(entries)] == [3, MAX_READ_EVENTS]


def test_epoch_renewed_is_one_that_the_wire_takes(conn: Connection) -> None:
    epochs = {renew_epoch(conn) for _ in range(50)}
    assert len(epochs) == 50
    assert all(is_epoch(epoch) and len(epoch) == 12 for epoch in epochs)
    assert read_epoch(conn) in epochs


def test_epoch_missing_is_said(conn: Connection) -> None:
    conn.execute(delete(facts))
    with pytest.raises(TertuliaError, match="new-epoch"):
        read_epoch(conn)
