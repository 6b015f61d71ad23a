from __future__ import annotations

import asyncio
import io
import os
import pty
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from tertulia_client.ledger import Balance
from tertulia_client.load.live_view import LiveView, looked_on
from tertulia_client.load.plan import Verify
from tertulia_client.load.server_metrics import ServerMoment
from tertulia_client.load.sight import Sight
from tertulia_client.load.stage import Stage
from tertulia_client.load.timeline import Moment
from tertulia_client.testing import FakeServer
from tests.client.load.stages import stage_on

MOMENT = Moment(12.0, 1000, 5000, 10, 0.0125, 0.25, 0.5, 0.001)
SIZES = [(80, 24), (140, 40), (60, 12), (30, 5)]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with asyncio.timeout(30), FakeServer() as server, stage_on(server, readers=3) as stage:
        yield stage


def screen_of(view: LiveView, columns: int = 80, rows: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=columns, height=rows, record=True)
    console.print(view.render(columns, rows))
    return console.export_text().splitlines()


def view_of(stage: Stage, *moments: Moment) -> LiveView:
    view = LiveView(Console(file=io.StringIO(), width=80, height=24))
    view.show(stage, None)
    for moment in moments:
        view.show(stage, moment)
    return view


async def test_screen_has_rates_times_ledger_and_the_generator(stage: Stage) -> None:
    await stage.gather()
    await stage.post()
    stage.sight = Sight(3, 0, stage.balance, stage.delivery_times)  # its times are not those of a busy machine
    stage.server_moments = [ServerMoment(1.0, 0.31, 128 * 1024 * 1024, 0, 0, 0, 0)]
    text = "\n".join(screen_of(view_of(stage, MOMENT)))
    assert "crowd: running" in text
    assert "3 of 3 connected" in text
    assert "20 of 20 acknowledged" in text
    assert "5,000 in this second: p50 12.5, p99 250.0, max 500.0 ms" in text
    assert "60 of 60 received, no faults" in text
    assert "31% of a core, 128 MiB" in text
    assert "sound" in text


async def test_screen_tells_faults_saturation_and_what_is_refused(stage: Stage) -> None:
    view = view_of(stage, MOMENT)
    assert "saturated" not in "".join(screen_of(view))
    stage.sight = Sight(balance=Balance(60, 60, 0, 4, 0, 0), waited_share=0.4)
    stage.sight.lags.record(0.05)
    stage.fail("no")
    text = "\n".join(screen_of(view))
    assert "saturated" in text
    assert "4 twice" in text
    assert "(40% of the time it waits for one)" in text
    assert "1 failed" in text


async def test_screen_says_where_no_books_are_kept(stage: Stage) -> None:
    async with FakeServer() as server, stage_on(server, verify=Verify.OFF) as unbooked:
        assert "no books are kept" in "\n".join(screen_of(view_of(unbooked)))


async def test_times_of_the_scenario_have_rows(stage: Stage) -> None:
    stage.times("page read").record(0.012)
    assert "1: p50 12.0, p90 12.0, p99 12.0 ms" in "\n".join(screen_of(view_of(stage)))


@pytest.mark.parametrize(("columns", "rows"), SIZES)
async def test_screen_fits_into_any_window(stage: Stage, columns: int, rows: int) -> None:
    view = view_of(stage, *([MOMENT] * 200))
    for number in range(300):
        view.say(f"sentence {number}, and many more words that nobody can read in a window as narrow as this one")
    shown = screen_of(view, columns, rows)
    assert max(map(len, shown)) <= columns
    if rows >= 24:  # what is too much for a smaller one is cut off below
        assert len(shown) <= rows
        assert shown[-1].startswith("sentence 299")


async def test_sentence_leaves_the_figures_on_the_screen(stage: Stage) -> None:
    view = view_of(stage, MOMENT)
    view.say("a worker is killed")
    text = "\n".join(screen_of(view))
    assert "5,000 in this second" in text
    assert "a worker is killed" in text
    assert list(view.sentences) == ["a worker is killed"]


def test_sentences_are_said_again_when_the_window_is_given_back() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        console, said = Console(file=terminal), list[str]()
        with looked_on(console, said.append) as (say, on_moment):
            say("one process")
            assert (on_moment is not None, said) == (True, [])
        assert said == ["one process"]
        with looked_on(Console(file=terminal, _environ={"TERM": "dumb"}), said.append) as (say, on_moment):
            say("it cannot be drawn on")
            assert (said[-1], on_moment) == ("it cannot be drawn on", None)
    os.close(master)
    with looked_on(Console(file=io.StringIO()), said.append) as (say, on_moment):
        say("no terminal")
        assert (said[-1], on_moment) == ("no terminal", None)


async def test_window_is_given_back_and_sentences_before_the_first_figures_are_shown() -> None:
    out = io.StringIO()
    with LiveView(Console(file=out, force_terminal=True, width=80, height=24)) as view:
        view.say("starting a server")
    assert "starting a server" in out.getvalue()
    assert out.getvalue().rstrip().endswith("\x1b[?25h\x1b[?1049l")  # the cursor, and the usual screen
