from __future__ import annotations

import asyncio

from tertulia_client.load.member import OwnProcess


async def test_process_of_ones_own_says_when_it_cannot_and_ends_with_its_input() -> None:
    async with asyncio.timeout(30):
        member = await OwnProcess.start()
        await member.close(is_orderly=True)
        assert await member.hear() is None
        assert await member.last_words() == ""
        assert member.process.returncode is not None


async def test_process_is_made_to_end() -> None:
    async with asyncio.timeout(30):
        member = await OwnProcess.start()
        await member.close(is_orderly=False)
        assert (member.process.returncode, member.has_our_clock) == (-9, True)
