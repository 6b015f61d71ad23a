from __future__ import annotations

from tertulia_server.actions.keys import check_key
from tertulia_server.web.keys import new_key


def test_new_key_is_a_key_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    for key in keys:
        check_key(key)
    assert len(keys) == 100
