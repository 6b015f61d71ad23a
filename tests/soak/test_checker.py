"""The checker against made-up histories: silent where the promise was kept, and naming the event where it was not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.soak.checker import check
from tests.soak.records import (
    Acknowledged,
    Ended,
    History,
    Lost,
    Record,
    RecordFile,
    Seen,
    Started,
    Subscribed,
    Unsubscribed,
    WasReset,
    read_history,
    tokens_in,
)
from tests.soak.verdict import Kind, LoggedEvent, ReadPost, Truth, Violation

THREAD, FORUM = "thread:7", "forum:1"
FIRST, SECOND, CHANGED = "tok0000000001", "tok0000000002", "tok000000000c"


def created(seq: int, post_id: int) -> LoggedEvent:
    return LoggedEvent(seq, "post.created", post_id, f"hash{post_id}")


def truth() -> Truth:
    """A thread with three posts; the first was edited, the second removed."""
    log = [
        created(1, 101),
        created(2, 102),
        LoggedEvent(3, "post.edited", 101, ""),
        LoggedEvent(4, "post.removed", 102, ""),
        created(5, 103),
    ]
    posts = {
        101: ReadPost(THREAD, 1, 2, False, CHANGED),
        102: ReadPost(THREAD, 2, 2, True, ""),
        103: ReadPost(THREAD, 3, 1, False, SECOND),
    }
    return Truth({THREAD: log, FORUM: list(log)}, posts)


def acknowledgements() -> list[Acknowledged]:
    def entry(at_ms: int, name: str, seq: int, post_id: int, version: int, token: str) -> Acknowledged:
        key_hash = f"hash{post_id}"
        return Acknowledged(
            at_ms, "w1", f"post.{name}", THREAD, FORUM, seq, post_id, post_id - 100, version, key_hash, token
        )

    return [
        entry(1000, "created", 1, 101, 1, "tok000000000a"),
        entry(2000, "created", 2, 102, 1, FIRST),
        entry(3000, "edited", 3, 101, 2, CHANGED),
        entry(4000, "removed", 4, 102, 2, ""),
        entry(5000, "created", 5, 103, 1, SECOND),
    ]


def seen(seq: int, *, at_ms: int | None = None, sent_after_ms: int = 0, tokens: Sequence[str] | None = None) -> Seen:
    """The event with this seq as a live follower gets it."""
    name, post_id, version, removed, token = {
        1: ("post.created", 101, 1, False, "tok000000000a"),
        2: ("post.created", 102, 1, False, FIRST),
        3: ("post.edited", 101, 2, False, CHANGED),
        4: ("post.removed", 102, 2, True, ""),
        5: ("post.created", 103, 1, False, SECOND),
        6: ("post.created", 104, 1, False, "tok000000000f"),
    }[seq]
    found = list(tokens) if tokens is not None else [token] * bool(token)
    at = at_ms if at_ms is not None else seq * 1000 + 5
    return Seen(at, sent_after_ms, THREAD, seq, name, post_id, version, post_id - 100, removed, found)


def history(*records: Record, start: str = "e.0") -> History:
    return History("f1", [Started(0, {THREAD: start}), Subscribed(1, THREAD, start, 0, "live"), *records])


def whole(*seqs: int) -> History:
    return history(*map(seen, seqs), Ended(9000, is_present=True))


def found(one: History, *, renewed_ms: Sequence[int] = ()) -> list[Violation]:
    return check(acknowledgements(), [one], truth(), renewed_ms=renewed_ms)


def kinds(violations: Sequence[Violation]) -> list[tuple[Kind, int]]:
    return [(violation.kind, violation.seq) for violation in violations]


def test_kept_promise_finds_nothing() -> None:
    assert found(whole(1, 2, 3, 4, 5)) == []


def test_follower_that_left_early_and_one_that_came_late_are_held_to_their_own_time() -> None:
    early = history(seen(1), seen(2), Lost(2500, "left", is_wanted=True), Ended(2500, is_present=False))
    late = history(seen(4), seen(5), Ended(9000, is_present=True), start="e.3")
    assert check(acknowledgements(), [early, late], truth()) == []


def test_follower_from_now_on_starts_where_it_was_accepted() -> None:
    records: list[Record] = [Started(0, {THREAD: ""}), Subscribed(1, THREAD, "e.3", 3, "live"), seen(4), seen(5)]
    assert found(History("f1", [*records, Ended(9000, is_present=True)])) == []
    assert kinds(found(History("f1", [*records[:2], seen(5), Ended(9000, is_present=True)]))) == [(Kind.MISSING, 4)]


def test_hole_is_missing_and_named_with_the_time_of_its_acknowledgement() -> None:
    (violation,) = found(whole(1, 2, 4, 5))
    assert violation == Violation(Kind.MISSING, 3000, THREAD, 3, "f1: post.edited of post 101 never came")
    assert str(violation) == "missing: thread:7 event 3 at 3.000 s: f1: post.edited of post 101 never came"


def test_last_event_that_never_came_is_missing() -> None:
    assert kinds(found(whole(1, 2, 3, 4))) == [(Kind.MISSING, 5)]


def test_follower_that_never_heard_anything_misses_all() -> None:
    assert kinds(found(whole())) == [(Kind.MISSING, seq) for seq in range(1, 6)]


def test_event_that_comes_twice_is_a_duplicate() -> None:
    assert kinds(found(whole(1, 2, 2, 3, 4, 5))) == [(Kind.DUPLICATE, 2)]


def test_event_from_before_the_start_is_a_duplicate() -> None:
    assert kinds(found(history(seen(3), *map(seen, (4, 5)), Ended(9000, is_present=True), start="e.3"))) == [
        (Kind.DUPLICATE, 3)
    ]


def test_swapped_events_are_out_of_order_and_not_missing() -> None:
    (violation,) = found(whole(1, 3, 2, 4, 5))
    assert (violation.kind, violation.seq, violation.words) == (Kind.DISORDER, 2, "f1: came after 3")


def test_reconnection_that_goes_on_elsewhere_is_a_hole() -> None:
    """The server accepts at a later cursor and says nothing: the follower's own place counts."""
    again = Subscribed(2500, THREAD, "e.4", 4, "live")
    assert kinds(found(history(seen(1), seen(2), again, seen(5), Ended(9000, is_present=True)))) == [
        (Kind.MISSING, 3),
        (Kind.MISSING, 4),
    ]


def test_text_of_a_removed_post_in_a_later_replay_is_named() -> None:
    replayed = seen(2, at_ms=7000, sent_after_ms=6500)
    violations = found(history(seen(1), replayed, *map(seen, (3, 4, 5)), Ended(9000, is_present=True)))
    assert kinds(violations) == [(Kind.UNTRUE, 2)]
    assert f"the text {FIRST} of post 102 was gone since 4000 ms" in violations[0].words


def test_text_that_was_on_its_way_when_it_was_removed_is_no_fault() -> None:
    """It came late, but it may have been sent before: the follower's last answered question is older."""
    late = seen(2, at_ms=9000, sent_after_ms=5900)
    assert found(history(seen(1), late, *map(seen, (3, 4, 5)), Ended(9000, is_present=True))) == []


def test_text_of_an_edited_post_is_gone_too() -> None:
    old = seen(1, at_ms=8000, sent_after_ms=7500)
    violations = found(history(old, *map(seen, (2, 3, 4, 5)), Ended(9000, is_present=True)))
    assert kinds(violations) == [(Kind.UNTRUE, 1)]


def test_replay_shows_the_present_state() -> None:
    """A replay after the removal: the post without its text, in its first event too."""
    replayed: list[Record] = [
        seen(1, tokens=[CHANGED])._replace(version=2, sent_after_ms=8000),
        seen(2, tokens=[])._replace(version=2, is_removed=True, sent_after_ms=8000),
        *map(seen, (3, 4, 5)),
    ]
    assert found(history(*replayed, Ended(9000, is_present=True))) == []


def test_older_state_at_the_end_is_untrue() -> None:
    stale = seen(3, tokens=["tok000000000a"])._replace(version=1)
    violations = found(history(seen(1), seen(2), stale, seen(4), seen(5), Ended(9000, is_present=True)))
    assert kinds(violations) == [(Kind.UNTRUE, 3)]
    assert "held as number 1 version 1 'tok000000000a', read as number 1 version 2" in violations[0].words


def test_event_that_is_another_one_in_the_log_is_untrue() -> None:
    other = seen(5)._replace(seq=3)
    assert (Kind.UNTRUE, 3) in kinds(found(history(seen(1), seen(2), other, seen(4), seen(5), Ended(9, True))))


def test_event_of_a_post_that_was_never_committed_is_untrue() -> None:
    assert kinds(found(whole(1, 2, 3, 4, 5, 6)))[0] == (Kind.UNTRUE, 6)


def test_reset_is_allowed_only_after_the_epoch_was_renewed() -> None:
    records: list[Record] = [
        seen(1),
        WasReset(2000, THREAD, "x.3", "epoch"),
        seen(4),
        seen(5),
        Ended(9000, is_present=True),
    ]
    assert kinds(found(history(*records))) == [(Kind.UNTRUE, 3)]
    assert found(history(*records), renewed_ms=[1900]) == []
    assert kinds(found(history(*records), renewed_ms=[2100])) == [(Kind.UNTRUE, 3)]


def test_reset_within_an_epoch_is_never_allowed() -> None:
    records: list[Record] = [seen(1), WasReset(2000, THREAD, "e.3", "ahead"), seen(4), seen(5)]
    violations = found(history(*records, Ended(9000, is_present=True)), renewed_ms=[1000])
    assert kinds(violations) == [(Kind.UNTRUE, 3)]
    assert violations[0].words == "f1: reset without cause: ahead"


def test_ended_subscription_is_untrue() -> None:
    violations = found(history(*map(seen, range(1, 6)), Unsubscribed(8000, THREAD, "gone"), Ended(9000, True)))
    assert kinds(violations) == [(Kind.UNTRUE, 0)]


def test_history_without_an_end_is_noticed() -> None:
    assert [violation.words for violation in found(history(seen(1)))] == ["f1: its history has no end"]


def lost_from(change: Truth) -> list[tuple[Kind, str, int]]:
    return [(one.kind, one.channel, one.seq) for one in check(acknowledgements(), [], change)]


def test_acknowledged_post_that_is_not_in_the_log_is_lost() -> None:
    less = truth()
    del less.logs[THREAD][4], less.logs[FORUM][4], less.posts[103]
    violations = check(acknowledgements(), [], less)
    assert {(one.kind, one.seq, one.at_ms) for one in violations} == {(Kind.LOST, 5, 5000)}
    assert {one.channel for one in violations} == {THREAD, FORUM}
    assert "acknowledged to w1" in violations[0].words


def test_acknowledged_post_that_only_one_of_its_channels_knows_is_lost() -> None:
    less = truth()
    del less.logs[FORUM][4]
    assert lost_from(less) == [(Kind.LOST, FORUM, 5)]


@pytest.mark.parametrize(
    ("post_id", "read"),
    [
        (101, ReadPost(THREAD, 1, 1, False, "tok000000000a")),
        (101, ReadPost(THREAD, 1, 2, False, "tok000000000a")),
        (102, ReadPost(THREAD, 2, 2, False, FIRST)),
        (103, ReadPost(THREAD, 4, 1, False, SECOND)),
    ],
)
def test_acknowledged_change_that_was_undone_is_lost(post_id: int, read: ReadPost) -> None:
    changed = truth()
    changed.posts[post_id] = read
    assert {kind for kind, _, _ in lost_from(changed)} == {Kind.LOST}


def test_post_that_one_key_made_twice_is_a_duplicate() -> None:
    """The answer was lost, and the repetition posted again."""
    twice = truth()
    again = LoggedEvent(6, "post.created", 104, "hash103")
    for log in twice.logs.values():
        log.append(again)
    twice.posts[104] = ReadPost(THREAD, 4, 1, False, "")
    assert lost_from(twice) == [(Kind.DUPLICATE, THREAD, 6), (Kind.DUPLICATE, FORUM, 6)]


def test_post_that_is_logged_twice_is_a_duplicate() -> None:
    twice = truth()
    twice.logs[THREAD].append(created(6, 103))
    assert lost_from(twice) == [(Kind.DUPLICATE, THREAD, 6), (Kind.DUPLICATE, THREAD, 6)]


def test_number_that_was_given_twice_is_a_duplicate() -> None:
    twice = truth()
    twice.posts[104] = ReadPost(THREAD, 3, 1, False, "")
    assert lost_from(twice) == [(Kind.DUPLICATE, THREAD, 0)]


def test_hole_in_the_log_itself_is_a_loss() -> None:
    holed = truth()
    holed.logs[FORUM][4] = created(6, 103)
    assert lost_from(holed) == [(Kind.LOST, FORUM, 5)]


def test_event_at_another_seq_than_was_told_is_lost() -> None:
    moved = truth()
    moved.logs[THREAD][0], moved.logs[THREAD][1] = created(1, 102), created(2, 101)
    assert lost_from(moved) == [(Kind.LOST, THREAD, 1), (Kind.LOST, THREAD, 2)]


def test_history_reads_as_it_was_written(tmp_path: Path) -> None:
    one = history(seen(1), Lost(2, "cut", is_wanted=False), Ended(3, is_present=True))
    with RecordFile(tmp_path / "f1.jsonl") as file:
        for record in one.records:
            file.write(record)
    assert read_history(tmp_path / "f1.jsonl") == one


def test_texts_are_found_in_any_frame() -> None:
    assert tokens_in(b"\x95\xa5eventx tok00000000aa, <p>tok00000000aa</p> tok00000000ab") == [
        "tok00000000aa",
        "tok00000000ab",
    ]
    assert tokens_in('["event","tok0"]') == []
