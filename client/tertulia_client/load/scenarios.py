"""The scenarios that are there by name: each a few lines on a stage, with amounts that make sense."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from tertulia_client.errors import ClientError
from tertulia_client.load.cut_off import is_cut_off
from tertulia_client.load.page_readers import read_pages
from tertulia_client.load.stage import POLL_S, Stage
from tertulia_client.load.traffic.acting import play_day
from tertulia_client.load.traffic.acts import Script
from tertulia_client.load.traffic.day import AUTHORS, DAY_S

DISTURBED_SHARE: Final = 0.1
"""The part of the readers that stall, or vanish, in a scenario about such readers."""

STAY_S: Final = 20.0
"""For how long a reader of `churn` stays, on average."""

CUT_OFF: Final = "silent peer cut off"


@dataclass(frozen=True, slots=True)
class Scenario:
    """``server_variables`` are for a server that is started for the run."""

    name: str
    summary: str
    play: Callable[[Stage], Coroutine[Any, Any, None]]
    readers: int = 100
    rate: str = "2/s"
    duration: str = "20s"
    stages: str = ""
    """Instead of one rate and its duration: ``30s to 20/s, 1m at 20/s``."""
    threads: int = 1
    server_variables: Mapping[str, str] = field(default_factory=dict)
    members: int = 1
    """Accounts beside the one that posts and reads."""
    audience: str = "members"
    needs_bot_token: bool = False
    is_scripted: bool = False
    """Its posts come at times of its own; other accounts, where there are some, rate them."""
    speed: float = 1.0
    """How many seconds of its script pass in one of the run."""
    script: Script | None = None
    """None for one that is made of the plan."""
    is_own_code: bool = False
    """A file of Python: nobody else can play it."""
    faults: Sequence[str] = ()
    """What is done to the server; at shares of the run's duration: ``at 25%: restart workers``."""
    workers: int = 1
    """Of a server that is started for the run."""


async def crowd(stage: Stage) -> None:
    await stage.gather()
    await stage.post()


async def storm(stage: Stage) -> None:
    await stage.post(partial(stage.gather, max_connecting=max(1, stage.plan.readers)))


async def comeback(stage: Stage) -> None:
    async def cut_and_return() -> None:
        everybody = range(1, stage.plan.readers + 1)
        await stage.sleep(stage.plan.duration_s / 4)
        stage.mark("all readers are cut off")
        stage.crowd.cut(everybody)
        await stage.sleep(stage.plan.duration_s / 2)
        stage.mark("all readers return")
        stage.crowd.bring_back(everybody)

    await stage.gather()
    await stage.post(cut_and_return)


async def churn(stage: Stage) -> None:
    async def come_and_go() -> None:
        rng, end_s = stage.plan.rng("churn"), stage.clock() + stage.plan.duration_s
        due_s = stage.clock()
        while True:
            due_s += rng.expovariate(stage.plan.readers / STAY_S)
            if due_s >= end_s or not await stage.sleep(due_s - stage.clock()):
                return
            number = rng.randint(1, stage.plan.readers)
            stage.crowd.cut([number])
            stage.crowd.bring_back([number])

    await stage.gather()
    await stage.post(come_and_go)


async def slow(stage: Stage) -> None:
    async def stall() -> None:
        numbers = stage.some_readers("slow", DISTURBED_SHARE)
        await stage.sleep(stage.plan.duration_s * 0.1)
        stage.mark(f"{len(numbers)} readers stop reading")
        stage.crowd.stall(numbers)
        await stage.sleep(stage.plan.duration_s * 0.6)
        stage.mark(f"{len(numbers)} readers read again")
        stage.crowd.wake(numbers)

    await stage.gather()
    await stage.post(stall)


async def half_open(stage: Stage) -> None:
    async def vanish() -> None:
        chosen = stage.some_readers("half-open", DISTURBED_SHARE)
        numbers = set(stage.owned(chosen))
        await stage.sleep(stage.plan.duration_s * 0.1)
        stage.mark(f"{len(chosen)} readers fall silent")
        stage.crowd.stall(numbers)
        began_s, end_s = stage.clock(), stage.clock() + stage.plan.duration_s * 0.8
        left = set(numbers)
        while left and stage.clock() < end_s and await stage.sleep(POLL_S):
            gone = {number for number in left if _is_gone(stage, number)}
            for _ in gone:
                stage.times(CUT_OFF).record(stage.clock() - began_s)
            left -= gone
        for number in sorted(left):
            stage.fail(f"reader {number} is silent, and the server still holds its connection")
        stage.mark("all return")
        stage.crowd.cut(numbers)
        stage.crowd.bring_back(numbers)

    await stage.gather()
    await stage.post(vanish)


async def pages(stage: Stage) -> None:
    for index in range(PAGE_POSTS):
        thread_id = stage.thread_ids[index % len(stage.thread_ids)]
        await stage.api.create_post(
            thread_id, f"Post {index + 1} of a page that is read. " + "Words and more words. " * 12
        )
    stage.say(f"{stage.plan.post_count:,} requests {stage.plan.pace} follow")
    await stage.watch(partial(read_pages, stage))


PAGE_POSTS: Final = 20
"""What a full page of a thread has."""


def _is_gone(stage: Stage, number: int) -> bool:
    transport = stage.crowd.transport_of(number)
    return transport is None or is_cut_off(transport)


SCENARIOS: Final = (
    Scenario("crowd", "All readers follow one thread, in which posts are written.", crowd),
    Scenario("storm", "All readers connect at the same moment, while posts are written.", storm),
    Scenario("comeback", "All readers are cut off and return together, some posts behind.", comeback),
    Scenario("churn", f"Readers come and go all the time: each stays for {STAY_S:g} s on average.", churn),
    Scenario("slow", "A tenth of the readers stop reading for a while, and catch up.", slow, rate="20/s"),
    Scenario(
        "half-open",
        "A tenth of the readers vanish without a good-bye: how soon is each cut off?",
        half_open,
        duration="75s",
        server_variables={"TERTULIA_PING_TIMEOUT_S": "5"},
    ),
    Scenario(
        "deploy",
        "The workers are replaced one by one, twice, while posts are written; with a server of its own.",
        crowd,
        rate="10/s",
        duration="30s",
        faults=("at 20%: restart workers", "at 60%: restart workers"),
        workers=2,
    ),
    Scenario(
        "town",
        "Many threads; some draw far more readers and posts than others (Zipf's law).",
        crowd,
        rate="20/s",
        threads=100,
    ),
    Scenario(
        "writers", "Posts as fast as they are asked for; one reader is the witness.", crowd, readers=1, rate="50/s"
    ),
    Scenario(
        "pages",
        "Pages of threads are asked for over HTTP, by guests.",
        pages,
        readers=0,
        rate="20/s",
        audience="public",
    ),
    Scenario(
        "day",
        "A day of a forum in two minutes: readers come and go by the hour, posts are edited and rated.",
        partial(play_day, DAY_S / 120),
        speed=DAY_S / 120,
        duration="120s",
        threads=30,
        members=AUTHORS,
        is_scripted=True,
        audience="public",
    ),
)


def find_scenario(name: str) -> Scenario:
    """`ClientError` names those that there are."""
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    raise ClientError(f"There is no scenario {name!r}. There are: {names}.")
