from __future__ import annotations

from tertulia_client.heartbeat import DEFAULT_INTERVAL_S, Heartbeat, Pulse


def started(now_s: float = 0.0) -> Heartbeat:
    heartbeat = Heartbeat()
    heartbeat.start(now_s)
    heartbeat.set_interval(1000)
    return heartbeat


def test_before_hello_the_default_interval_counts() -> None:
    heartbeat = Heartbeat()
    heartbeat.start(5.0)
    assert heartbeat.deadline_s == 5.0 + DEFAULT_INTERVAL_S


def test_silence_then_ping_then_death() -> None:
    heartbeat = started()
    assert heartbeat.check(0.9) is Pulse.FINE
    assert heartbeat.check(1.0) is Pulse.PING_DUE
    assert heartbeat.check(1.9) is Pulse.FINE
    assert heartbeat.check(2.0) is Pulse.DEAD


def test_late_check_still_gives_the_whole_time_to_answer() -> None:
    heartbeat = started()
    assert heartbeat.check(30.0) is Pulse.PING_DUE
    assert heartbeat.deadline_s == 31.0


def test_anything_heard_counts() -> None:
    heartbeat = started()
    heartbeat.check(1.0)
    heartbeat.heard(1.5)
    assert heartbeat.deadline_s == 2.5


def test_stopped_heartbeat_asks_nothing() -> None:
    heartbeat = started()
    heartbeat.stop()
    assert heartbeat.deadline_s is None
    assert heartbeat.check(99.0) is Pulse.FINE
    heartbeat.resume(100.0)
    assert heartbeat.deadline_s == 101.0


def test_new_connection_forgets_the_interval_of_the_old() -> None:
    heartbeat = started()
    heartbeat.start(10.0)
    assert heartbeat.interval_s == DEFAULT_INTERVAL_S
