from __future__ import annotations

import pytest

from tertulia_server.actions.attempts import Attempt, check_pace
from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal


async def is_refused(actions: Actions, attempt: Attempt, whence: str, limit: int = 2) -> bool:
    try:
        await check_pace(actions, attempt, whence, limit=limit)
    except Refusal as refusal:
        return 0 < (refusal.retry_after_ms or 0) <= attempt.span_ms
    return False


async def test_attempts_from_one_address_have_a_limit_of_their_own_for_each_kind(actions: Actions) -> None:
    assert [await is_refused(actions, Attempt.SIGN_IN, "192.0.2.1") for _ in range(3)] == [False, False, True]
    assert not await is_refused(actions, Attempt.SIGN_IN, "192.0.2.2")
    assert not await is_refused(actions, Attempt.REGISTER, "192.0.2.1")
    assert not await is_refused(actions, Attempt.SIGN_IN, "192.0.2.1", limit=0)


async def test_attempts_from_one_network_of_ipv6_count_together(actions: Actions) -> None:
    addresses = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:3::"]
    assert [await is_refused(actions, Attempt.SIGN_IN, address) for address in addresses] == [False, False, True]
    assert not await is_refused(actions, Attempt.SIGN_IN, "2001:db8:0:1::1")


@pytest.mark.parametrize("whence", ["", "member 17"])
async def test_attempts_from_elsewhere_count_by_its_name(actions: Actions, whence: str) -> None:
    assert [await is_refused(actions, Attempt.PASSWORD, whence) for _ in range(3)] == [False, False, True]
