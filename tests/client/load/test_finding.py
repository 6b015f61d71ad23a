from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load import finding as module
from tertulia_client.load.arrivals import parse_stages
from tertulia_client.load.conditions import parse_condition
from tertulia_client.load.finding import SATURATED, Finding, check_findable
from tertulia_client.load.report import Report
from tertulia_client.load.request import Request
from tests.client.load.test_report import REPORT
from tests.client.load.test_request import REQUEST

Perform = Callable[[Request], Report]


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Perform], None]:
    """Give it what runs come to."""

    def use(perform: Perform) -> None:
        async def performing(request: Request, *_: Any, **__: Any) -> Report:
            return perform(request)

        monkeypatch.setattr(module, "perform", performing)

    return use


def finding(what: str, said: list[str], *, tolerates_busy: bool = False) -> Finding:
    request, condition = replace(REQUEST, readers=10, rate=4.0), parse_condition("failed<1")
    return Finding(request, what, condition, tolerates_busy=tolerates_busy, say=said.append)


def test_what_cannot_be_looked_for_is_refused() -> None:
    check_findable("readers", REQUEST, has_files=False)
    with pytest.raises(ClientError, match="readers or posts"):
        check_findable("luck", REQUEST, has_files=False)
    with pytest.raises(ClientError, match="leave out the stages"):
        check_findable("posts", replace(REQUEST, stages=parse_stages("1s at 5/s")), has_files=False)
    with pytest.raises(ClientError, match="--save"):
        check_findable("readers", REQUEST, has_files=True)


@pytest.mark.parametrize("what", ["readers", "posts"])
async def test_size_is_what_is_looked_for(what: str, performed: Callable[[Perform], None]) -> None:
    sizes: list[tuple[int, float]] = []

    def perform(request: Request) -> Report:
        sizes.append((request.readers, request.rate))
        return REPORT if max(request.readers - 10, request.rate - 4) < 12 else replace(REPORT, failed=3)

    performed(perform)
    said: list[str] = []
    found = await finding(what, said).search()
    assert sizes[:2] == ([(10, 4.0), (20, 4.0)] if what == "readers" else [(10, 4.0), (10, 8.0)])
    assert 0 < found.largest < found.smallest_broken
    assert any("holds (failed<1: 0, generator: " in words for words in said)
    assert any("not failed<1 (failed<1: 3" in words for words in said)


async def test_saturated_generator_holds_nothing_unless_that_is_tolerated(performed: Callable[[Perform], None]) -> None:
    performed(lambda request: replace(REPORT, busiest_share=0.95 if request.readers > 20 else 0.1))
    found = await finding("readers", []).search()
    assert 18 <= found.largest <= 20
    assert found.tries[2].look.broken == [SATURATED]
    assert found.tries[2].look.found["generator"] == "95%"
    assert (await finding("readers", [], tolerates_busy=True).search()).is_limited


async def test_size_that_cannot_begin_breaks_unless_it_is_the_first(performed: Callable[[Perform], None]) -> None:
    def perform(request: Request) -> Report:
        if request.readers > 20:
            raise ExceptionGroup("", [ClientError("no room"), ClientError("no room")])
        return REPORT

    performed(perform)
    found = await finding("readers", []).search()
    assert 18 <= found.largest <= 20
    assert found.tries[2].look.broken == ["it could not begin: no room"]

    def fail(_: Request) -> Report:
        raise ClientError("nobody listens")

    performed(fail)
    with pytest.raises(ClientError, match="nobody listens"):
        await finding("readers", []).search()


async def test_server_that_ends_breaks_a_size_and_an_interrupt_ends_the_search(
    performed: Callable[[Perform], None],
) -> None:
    performed(lambda request: replace(REPORT, gone_at_s=2.0 if request.readers > 20 else None, is_cut_short=False))
    assert (await finding("readers", []).search()).tries[2].look.broken == ["the server ended"]
    performed(lambda _: replace(REPORT, is_cut_short=True))
    with pytest.raises(asyncio.CancelledError):
        await finding("readers", []).search()
