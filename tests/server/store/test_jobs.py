from __future__ import annotations

import asyncio
import threading

import pytest

from tertulia_server.store.jobs import Job, deliver


def job_of_this_loop() -> Job:
    return Job(lambda connection: None)


async def test_outcomes_reach_their_callers_from_another_thread() -> None:
    good, bad = job_of_this_loop(), job_of_this_loop()
    good.result, bad.error = 7, KeyError("x")
    await asyncio.to_thread(deliver, [good, bad])
    assert await good.future == 7
    with pytest.raises(KeyError):
        await bad.future


async def test_outcome_that_no_future_takes_is_an_error_and_hurts_nobody_else() -> None:
    bad, other = job_of_this_loop(), job_of_this_loop()
    bad.fail(StopIteration())
    other.result = 1
    await asyncio.to_thread(deliver, [bad, other])
    with pytest.raises(RuntimeError, match="StopIteration"):
        await bad.future
    assert await other.future == 1


async def test_job_keeps_its_first_error() -> None:
    job = job_of_this_loop()
    job.result = 5
    job.fail(KeyError("first"))
    job.fail(ValueError("second"))
    assert isinstance(job.error, KeyError)
    assert job.result is None


async def test_outcome_of_a_caller_who_left_is_dropped() -> None:
    left, other = job_of_this_loop(), job_of_this_loop()
    left.future.cancel()
    left.error = KeyError("x")
    other.result = 1
    await asyncio.to_thread(deliver, [left, other])
    assert await other.future == 1
    assert left.future.cancelled()


async def test_outcomes_of_two_loops_go_each_to_its_own() -> None:
    """Tests and tools may use one store from several loops."""
    jobs: list[Job] = []
    is_made, results = threading.Event(), []

    async def wait_elsewhere() -> None:
        jobs.append(job_of_this_loop())
        is_made.set()
        results.append(await jobs[0].future)

    elsewhere = threading.Thread(target=asyncio.run, args=(wait_elsewhere(),))
    elsewhere.start()
    await asyncio.to_thread(is_made.wait, 10)
    here = job_of_this_loop()
    here.result = jobs[0].result = "here and there"
    await asyncio.to_thread(deliver, [here, jobs[0]])
    assert await here.future == "here and there"
    await asyncio.to_thread(elsewhere.join, 10)
    assert results == ["here and there"]


def test_outcome_for_a_loop_that_was_closed_is_dropped() -> None:
    async def make() -> Job:
        return job_of_this_loop()

    deliver([asyncio.run(make())])
