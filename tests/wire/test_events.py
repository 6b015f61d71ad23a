from tertulia_wire import events


def test_every_event_has_a_shape() -> None:
    names = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    assert names == set(events.EVENT_DATA)


def test_key_hash_is_short_steady_and_different_per_key() -> None:
    """Browsers compute the same by SubtleCrypto: this value is pinned on purpose."""
    assert events.key_hash("abcdefgh") == "9c56cc51b374c3ba"
    assert events.key_hash("abcdefgi") != events.key_hash("abcdefgh")
    assert len(events.key_hash("é" * 64)) == 16
