from __future__ import annotations

from tertulia_client import testing


def test_everything_that_is_named_is_there() -> None:
    assert all(hasattr(testing, name) for name in testing.__all__)
