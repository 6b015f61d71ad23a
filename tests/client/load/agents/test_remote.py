from __future__ import annotations

import asyncio

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.agents import remote
from tertulia_client.load.agents.agent import Agent
from tertulia_client.load.agents.remote import Remote
from tests.processes import free_port


async def test_agent_that_is_not_there_is_named() -> None:
    port = free_port()
    with pytest.raises(ClientError, match=rf"The agent 127.0.0.1:{port} cannot be reached"):
        await Remote.call(parse_address(f"127.0.0.1:{port}"), b"")


async def test_clock_of_another_machine_is_compared_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(30), Agent(b"", "127.0.0.1", 0, lambda _: None) as agent:
        monkeypatch.setattr(remote, "machine_id", lambda: "")
        unknown = await Remote.call(parse_address(agent.place), b"")
        assert not unknown.has_our_clock
        await unknown.close(is_orderly=True)
        monkeypatch.setattr(remote, "machine_id", lambda: "another")
        there = await Remote.call(parse_address(agent.place), b"")
        assert not there.has_our_clock
        assert abs(there.offset.offset_s) <= there.offset.uncertainty_s  # it is the same clock, found by asking
        assert (await there.last_words()).startswith(f"The clock of agent {agent.place} is known to ")
        await there.close(is_orderly=False)
        assert "could not be compared" in await there.last_words()
