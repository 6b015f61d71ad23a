from __future__ import annotations

import pytest

from tertulia_server.actions.keys import check_key
from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code


@pytest.mark.parametrize("key", ["12345678", "~" * 64, "0191f7a2-7c1b-7b1e-9d59-1b2e3f4a5b6c", "a b c d e"])
def test_key_of_printable_characters_passes(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize(
    "key", [None, "", "1234567", "x" * 65, "schlüssel-1", "line\nbreak", "null\0null", "12345678\n"]
)
def test_key_missing_short_long_or_odd_is_refused(key: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        check_key(key)
    assert refused.value.code is Code.KEY_MISSING
