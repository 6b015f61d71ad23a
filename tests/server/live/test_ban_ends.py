from __future__ import annotations

import asyncio

from tertulia_server.live.ban_ends import BanEnds


async def test_looks_again_at_once_while_there_are_any_and_goes_on_after_an_error() -> None:
    answers: list[bool | Exception] = [True, True, False, RuntimeError("the database is away"), False]
    asked = 0
    all_given = asyncio.Event()

    async def end_bans() -> bool:
        nonlocal asked
        asked += 1
        if not answers:
            all_given.set()
            return False
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    ends = BanEnds(end_bans, interval_s=0.001)
    ends.start()
    await asyncio.wait_for(all_given.wait(), 10)
    await ends.close()
    assert asked >= 6
    await ends.close()


async def test_close_without_start_is_nothing() -> None:
    async def never() -> bool:
        raise AssertionError

    await BanEnds(never).close()
