from tertulia_server.broker.timing import Timing


def test_pause_grows_to_a_limit_and_is_never_the_same() -> None:
    timing = Timing(first_retry_s=0.1, last_retry_s=2.0)
    for failures, limit_s in ((0, 0.1), (1, 0.2), (3, 0.8), (10, 2.0), (10_000, 2.0)):
        pauses_s = [timing.retry_s(failures) for _ in range(200)]
        assert 0 <= min(pauses_s) < max(pauses_s) <= limit_s


def test_silence_is_noticed_in_a_bounded_time() -> None:
    """2 s until it is said; and a sweep is called for in time to find what was lost within 1 s, with time to spare."""
    timing = Timing()
    assert timing.probe_interval_s + timing.probe_deadline_s <= 2.0
    assert timing.probe_interval_s + timing.doubt_s <= 0.75
