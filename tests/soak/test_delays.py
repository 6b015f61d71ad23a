"""How long an event took, counted from when its follower could have had it."""

from __future__ import annotations

from tests.soak.delays import Delay, Reconnection, acknowledged_times, delays, reconnections
from tests.soak.records import Acknowledged, History, Lost, Paused, Record, Resumed, Seen, Subscribed
from tests.soak.scene import Injection
from tests.soak.verdict import LoggedEvent, Truth

THREAD, FORUM = "thread:7", "forum:1"
ACKNOWLEDGED = {(THREAD, 1): 1000}


def subscribed(at_ms: int) -> Subscribed:
    return Subscribed(at_ms, THREAD, "e.0", 0, "live")


def seen(at_ms: int, seq: int = 1) -> Seen:
    return Seen(at_ms, 0, THREAD, seq, "post.created", 100 + seq, 1, seq, False, [])


def lengths(*records: Record, injections: tuple[Injection, ...] = ()) -> list[int]:
    return [one.length_ms for one in delays(History("f1", list(records)), ACKNOWLEDGED, injections)]


def test_delay_counts_from_the_acknowledgement() -> None:
    history = History("f1", [subscribed(0), seen(1700)])
    assert list(delays(history, ACKNOWLEDGED, [])) == [Delay(1000, 1700, "f1", THREAD, 1)]


def test_event_before_its_acknowledgement_has_no_delay() -> None:
    assert lengths(subscribed(0), seen(900)) == [0]


def test_event_of_which_no_time_is_known_is_left_out() -> None:
    assert lengths(subscribed(0), seen(1700, seq=2)) == []


def test_delay_counts_from_the_subscription_when_that_came_later() -> None:
    assert lengths(subscribed(0), Lost(500, "cut", is_wanted=False), subscribed(5000), seen(5200)) == [200]


def test_time_in_which_the_follower_itself_did_not_read_does_not_count() -> None:
    assert lengths(subscribed(0), Paused(900), Resumed(4000), seen(4100)) == [100]


def test_fault_that_holds_up_the_road_counts_from_its_end_and_others_do_not() -> None:
    holding = Injection("worker stopped", 1200, 4000, holds_delivery=True)
    broker = Injection("Redis killed", 1200, 4000, holds_delivery=False)
    assert lengths(subscribed(0), seen(4300), injections=(holding,)) == [300]
    assert lengths(subscribed(0), seen(4300), injections=(broker,)) == [3300]


def test_faults_that_hold_up_one_after_the_other_count_from_the_last_end() -> None:
    first = Injection("worker stopped", 1200, 4000, holds_delivery=True)
    second = Injection("worker stopped", 3900, 6000, holds_delivery=True)
    assert lengths(subscribed(0), seen(6300), injections=(second, first)) == [300]


def test_reconnection_is_from_the_loss_to_the_next_subscription() -> None:
    lost, lost_again = Lost(500, "cut", is_wanted=False), Lost(600, "refused", is_wanted=False)
    records: list[Record] = [subscribed(0), lost, lost_again, subscribed(800), Lost(900, "left", is_wanted=True)]
    assert list(reconnections(History("f1", [*records, subscribed(5000)]))) == [Reconnection(500, 800)]


def test_times_of_new_posts_are_known_in_their_forum_too() -> None:
    entry = Acknowledged(1000, "w1", "post.created", THREAD, FORUM, 1, 101, 1, 1, "hash", "tok")
    truth = Truth({FORUM: [LoggedEvent(8, "post.created", 101, "hash")], THREAD: []})
    assert acknowledged_times([entry], truth) == {(THREAD, 1): 1000, (FORUM, 8): 1000}
