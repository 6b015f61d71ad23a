"""Agents as processes of their own, and a run that is led from here."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.agents import remote
from tertulia_client.load.agents.agent import Agent
from tertulia_client.load.agents.remote import Remote
from tertulia_client.load.agents.secret import VARIABLE, parse_places
from tertulia_client.load.request import perform
from tertulia_client.load.stage import Stage
from tertulia_client.load.team import Lead, plan_values
from tertulia_client.testing import FakeServer
from tests.client.load.stages import plan_for, stage_on
from tests.client.load.test_request import REQUEST
from tests.processes import RunningProcess

SECRET = "0123456789abcdef"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with asyncio.timeout(60), FakeServer() as server:
        yield server


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[list[RunningProcess]]:
    command = [sys.executable, "-m", "tertulia_client", "load", "agent"]
    running = [RunningProcess(command, tmp_path / f"agent-{number}.log", {VARIABLE: SECRET}) for number in (1, 2)]
    try:
        for agent in running:
            agent.start()
        for agent in running:
            agent.wait_until(lambda agent=agent: "listens on" in agent.output(), "listening")  # type: ignore[misc]
        yield running
    finally:
        for agent in running:
            agent.close()


def places_of(agents: list[RunningProcess]) -> str:
    found = (re.search(r"listens on (\S+)", agent.output()) for agent in agents)
    return ",".join(match[1] for match in found if match)


async def test_agents_hold_readers_beside_a_process_of_ones_own_one_run_after_the_other(
    server: FakeServer, agents: list[RunningProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = SECRET.encode()
    request = replace(
        REQUEST, address=parse_address(server.url), readers=7, agents=parse_places(places_of(agents), secret)
    )
    request = replace(request, secret=secret)
    said: list[str] = []
    report = await perform(request, said.append)
    assert (report.connected, report.balance.received, report.is_clean) == (7, 7 * 4, True)
    assert report.delivery_times.count == 7 * 4
    assert "1 process and 2 agents connect 7 readers" in said
    assert (report.notes, report.parts.whole.count > 0) == ([], sys.platform == "linux")

    monkeypatch.setattr(remote, "machine_id", lambda: "another machine")
    report = await perform(replace(request, processes=0), said.append)
    assert (report.connected, report.balance.received, report.delivery_times.count) == (7, 7 * 4, 7 * 4)
    assert report.delivery_times.max_s < 10  # by our clock
    assert [note.startswith("The clock of agent 127.0.0.1:") for note in report.notes] == [True, True]
    assert (report.parts.whole.count, report.notes[0] in report.as_text()) == (0, True)
    assert [agent.stop() for agent in agents] == [0, 0]
    assert agents[0].output().count("is over") == 2


async def test_agent_that_is_killed_ends_the_run_by_its_name(server: FakeServer, agents: list[RunningProcess]) -> None:
    places = places_of(agents)
    members = parse_places(places, SECRET.encode())

    async def lead_until_one_is_killed(stage: Stage) -> None:
        async with Lead(0, agents=members, secret=SECRET.encode()) as lead:
            began_s = await lead.begin(stage, stage.publisher.plan)
            agents[1].kill()
            await lead.publish(stage, partial(stage.publisher.run, stage.stopping, began_s=began_s))

    async with asyncio.timeout(30), stage_on(server, duration_s=60.0) as stage:
        with pytest.raises(ClientError, match=rf"The agent {places.split(',')[1]} ended before its time"):
            await lead_until_one_is_killed(stage)
        assert stage.publisher.acknowledged < stage.plan.post_count
        while server.connections:  # noqa: ASYNC110 - of the other, too: nobody leads it any more
            await asyncio.sleep(0.02)
    assert agents[0].stop() == 0  # waits for the part that it has started
    assert [agent.output().count("Traceback") for agent in agents] == [0, 0]


async def test_wrong_secret_is_refused_and_a_second_run_must_wait() -> None:
    said: list[str] = []
    async with asyncio.timeout(30), Agent(SECRET.encode(), "127.0.0.1", 0, said.append) as agent:
        place = parse_address(agent.place)
        for wrong in (b"", b"another that is long"):
            with pytest.raises(ClientError, match=rf"The agent {agent.place} is of no use: it has another secret"):
                await Remote.call(place, wrong)
        assert said == ["turned away 127.0.0.1: it does not know the secret"] * 2
        first = await Remote.call(place, SECRET.encode())
        with pytest.raises(ClientError, match="busy with another run"):
            await Remote.call(place, SECRET.encode())
        await first.close(is_orderly=True)
        second = await Remote.call(place, SECRET.encode())
        await second.close(is_orderly=False)


async def test_agent_without_a_secret_attacks_nobody_else(server: FakeServer) -> None:
    async with asyncio.timeout(30), Agent(b"", "127.0.0.1", 0, lambda _: None) as agent:
        member = await Remote.call(parse_address(agent.place), b"")
        member.tell({"plan": {**plan_values(plan_for(server)), "address": "https://forum.example"}})
        assert "not to https://forum.example" in str(await member.hear())
        await member.close(is_orderly=True)
        member = await Remote.call(parse_address(agent.place), b"")
        member.tell({"nothing": 1})
        assert await member.hear() == {"error": "These are no orders for a run."}
        await member.close(is_orderly=True)


async def test_agent_cannot_listen_where_somebody_does() -> None:
    async with Agent(b"", "127.0.0.1", 0, lambda _: None) as agent:
        with pytest.raises(ClientError, match="cannot listen on"):
            await Agent(b"", "127.0.0.1", parse_address(agent.place).port, lambda _: None).__aenter__()
    with pytest.raises(ClientError, match="with a secret only"):
        Agent(b"", "0.0.0.0", 0, lambda _: None)
