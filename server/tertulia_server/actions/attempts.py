"""How often somebody may try to sign in or to register, by where the attempts come from."""

from __future__ import annotations

import hashlib
from enum import Enum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.store.attempts import count_attempt

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS

_HOUSEHOLD_BITS: Final = 64
"""Whoever has one IPv6 address has all of this network (RFC 6177), and could come from another one each time."""


class Attempt(Enum):
    """What is tried, and the time to which its limit belongs: so many may come at once."""

    SIGN_IN = "sign-in"
    REGISTER = "register"
    PASSWORD = "password"  # noqa: S105 - the name of a form

    @property
    def span_ms(self) -> int:
        return HOUR_MS if self is Attempt.REGISTER else MINUTE_MS


async def check_pace(actions: Actions, attempt: Attempt, whence: str, *, limit: int) -> None:
    """Count an attempt from there: an address, or a member. 0 is no limit.

    `Refusal` with ``RATE_LIMITED``, and the time until the next may be made. It holds over all workers.
    """
    if limit:
        span_ms = attempt.span_ms
        who = hashlib.sha256(f"{attempt.value} {_home_of(whence)}".encode()).hexdigest()
        await actions.store.write(count_attempt, who, actions.now_ms(), pace_ms=span_ms // limit, burst_ms=span_ms)


def _home_of(whence: str) -> str:
    try:
        address = ip_address(whence)
    except ValueError:
        return whence
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _HOUSEHOLD_BITS), strict=False))
    return str(address)
