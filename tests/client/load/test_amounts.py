from __future__ import annotations

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.amounts import parse_duration_s, parse_rate


@pytest.mark.parametrize(
    ("text", "per_second"), [("2/s", 2.0), ("0.5/s", 0.5), ("90/m", 1.5), ("3600/h", 1.0), ("7", 7.0), (" 2/s ", 2.0)]
)
def test_rate_is_read_per_second(text: str, per_second: float) -> None:
    assert parse_rate(text) == pytest.approx(per_second)


@pytest.mark.parametrize(
    ("text", "seconds"), [("20s", 20.0), ("1m", 60.0), ("1m30s", 90.0), ("250ms", 0.25), ("1.5h", 5400.0), ("7", 7.0)]
)
def test_time_is_read_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "-2/s", "2/d", "/s", "2 per second", "1e9/s", "nan", "٢/s", "9" * 50])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ClientError, match="is no rate"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["", "s", "-1s", "1d", "1m 30s", "soon", "inf", "1s2", "9" * 50 + "s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ClientError, match="is no time"):
        parse_duration_s(text)
