from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from tertulia_client.load import live_view as module
from tertulia_client.load.live_view import LiveView, bars, figures_table
from tertulia_client.load.stage import Stage
from tertulia_client.load.timeline import Moment
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on

MOMENT = Moment(12.0, 1000, 5000, 10, 0.0125, 0.25, 0.5, 0.001)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with asyncio.timeout(30), FakeServer() as server, stage_on(server, readers=3) as stage:
        yield stage


def text_of(stage: Stage, moment: Moment = MOMENT) -> str:
    console = Console(file=io.StringIO(), width=120, record=True)
    console.print(figures_table(stage, moment))
    return console.export_text()


async def test_table_has_rates_times_ledger_and_the_generator(stage: Stage) -> None:
    await stage.gather()
    await stage.post()
    text = text_of(stage)
    assert "1,000 of 3 connected" in text
    assert "5,000 in this second, p50 12.5 ms, p99 250.0 ms" in text
    assert "60 of 60 received, 0 under way or missing" in text
    assert "20 acknowledged, 0 failed" in text


async def test_saturation_faults_and_great_crowds_are_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "saturated" not in text_of(stage)
    stage.lag.lags.record(0.05)
    assert "saturated" in text_of(stage)
    stage.ledger.account(1, "thread:1").duplicate = 4
    assert "4 faults" in text_of(stage)
    monkeypatch.setattr(module, "MAX_READERS_BALANCED", 2)
    assert "the balance comes at the end" in text_of(stage)


async def test_view_keeps_the_latest_sentences_and_a_curve(stage: Stage) -> None:
    out = io.StringIO()
    with LiveView(Console(file=out, force_terminal=True, width=120)) as view:
        for number in range(7):
            view.say(f"sentence {number}")
        view.show(stage, MOMENT)
    last = out.getvalue().rpartition("sentence 2")[2]
    assert "sentence 6" in last
    assert "250 ms at most" in last


def test_curve_of_one_line() -> None:
    assert bars([0.0, 5.0, 10.0]) == " ▄█"
    assert bars([]) == ""
    assert bars([0.0]) == " "
