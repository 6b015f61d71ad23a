"""Rates and times as people write them: ``2/s``, ``90/m``, ``20s``, ``1m30s``."""

from __future__ import annotations

import re
from typing import Final

from tertulia_client.errors import ClientError

_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER: Final = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_RATE: Final = re.compile(rf"({_NUMBER})(?:/(ms|s|m|h))?", re.ASCII)
_PART: Final = re.compile(rf"({_NUMBER})(ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_NUMBER}(?:ms|s|m|h))+", re.ASCII)


def parse_rate(text: str) -> float:
    """Times per second; a bare number is per second. `ClientError` for what is no rate or none at all."""
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ClientError(f"{text!r} is no rate: write it like 2/s or 90/m.")
    return float(match[1]) / _UNITS_S[match[2] or "s"]


def parse_duration_s(text: str) -> float:
    """Seconds; a bare number is in seconds. `ClientError` for what is no time or none at all."""
    trimmed = text.strip()
    if re.fullmatch(_NUMBER, trimmed, re.ASCII):
        return float(trimmed)
    if _DURATION.fullmatch(trimmed) is None:
        raise ClientError(f"{text!r} is no time: write it like 20s or 1m30s.")
    return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(trimmed))
