from tertulia_server.broker.timing import Timing


def test_pause_grows_to_a_limit_and_is_never_the_same() -> None:
    timing = Timing(first_retry_s=0.1, last_retry_s=2.0)
    for failures, limit_s in ((0, 0.1), (1, 0.2), (3, 0.8), (10, 2.0), (10_000, 2.0)):
        pauses_s = [timing.retry_s(failures) for _ in range(200)]
        assert 0 <= min(pauses_s) < max(pauses_s) <= limit_s


def test_worker_is_deaf_for_a_bounded_time_without_saying_so() -> None:
    """The sweep of each second covers that time; what it promises is 2 s, without any notice of ours."""
    timing = Timing()
    assert timing.probe_interval_s + timing.probe_deadline_s <= 2.5
