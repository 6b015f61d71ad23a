from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tertulia_server.broker.port import BrokerState
from tertulia_server.live import readiness as module
from tertulia_server.live.readiness import RIGHTS_AGE_S, SWEEP_AGE_S, Readiness, Standing
from tertulia_server.settings import Settings
from tertulia_server.store.metered import Meter

LIMIT_S = 10.0


class FakeStore:
    """Answers when it is let, or fails."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.error: Exception | None = None
        self.read_count = 0
        self.reads, self.writes = Meter("read"), Meter("write")

    async def read(self, operation: Callable[..., Any], *_: Any, **__: Any) -> Any:
        self.read_count += 1
        await self.may_answer.wait()
        if self.error is not None:
            self.reads.outage.begin(self.error)
            raise self.error
        self.reads.outage.end()
        return "epoch"


class Scene:
    def __init__(self, **settings: Any) -> None:
        self.store = FakeStore()
        self.live: Any = SimpleNamespace(
            sweep=SimpleNamespace(age_s=0.5),
            rights=SimpleNamespace(age_s=0.5),
            draining=SimpleNamespace(is_draining=False),
            broker=SimpleNamespace(state=BrokerState.CONNECTED, reason=""),
            hub=SimpleNamespace(epoch="e1"),
            settings=Settings(**settings),
        )
        self.readiness = Readiness(self.live, self.store)  # type: ignore[arg-type]


async def test_all_is_well() -> None:
    condition = await Scene().readiness.check()
    assert (condition.standing, condition.reasons, condition.epoch) == (Standing.READY, (), "e1")


async def test_all_reasons_are_told_together() -> None:
    scene = Scene()
    scene.store.error = RuntimeError("disk")
    scene.live.sweep.age_s = SWEEP_AGE_S + 1
    scene.live.rights.age_s = RIGHTS_AGE_S + 1
    scene.live.draining.is_draining = True
    scene.live.broker.state = BrokerState.DEAF
    condition = await scene.readiness.check()
    assert condition.standing is Standing.NOT_READY
    assert len(condition.reasons) == 5
    assert not condition.is_store_there


async def test_operator_is_told_why_the_database_cannot_be_read() -> None:
    scene = Scene()
    scene.store.error = RuntimeError("no such host")
    condition = await scene.readiness.check()
    assert condition.standing is Standing.NOT_READY
    assert condition.reasons == ("The database cannot be read: no such host.",)
    assert not scene.readiness.is_ready


async def test_full_disk_is_degraded_until_a_write_succeeds_or_the_last_failure_is_long_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    scene.store.writes.outage.begin(RuntimeError("disk is full"))
    condition = await scene.readiness.check()
    assert condition.standing is Standing.DEGRADED
    assert condition.reasons == ("The database could not be written to: disk is full.",)
    assert scene.readiness.is_ready
    monkeypatch.setattr(module, "WRITE_FAULT_S", 0.0)
    assert (await scene.readiness.check()).standing is Standing.READY
    monkeypatch.undo()
    scene.store.writes.outage.end()
    assert (await scene.readiness.check()).standing is Standing.READY


async def test_worker_that_did_not_sweep_for_long_is_not_ready() -> None:
    scene = Scene()
    assert scene.readiness.is_ready
    scene.live.sweep.age_s = SWEEP_AGE_S + 0.1
    assert (await scene.readiness.check()).standing is Standing.NOT_READY
    assert not scene.readiness.is_ready


async def test_worker_in_which_changes_of_rights_do_not_hold_is_not_ready() -> None:
    scene = Scene()
    scene.live.rights.age_s = RIGHTS_AGE_S + 0.1
    condition = await scene.readiness.check()
    assert (condition.standing, condition.rights_age_s) == (Standing.NOT_READY, RIGHTS_AGE_S + 0.1)
    assert "rights" in condition.reasons[0]
    assert not scene.readiness.is_ready


async def test_operator_is_told_why_the_broker_is_away() -> None:
    scene = Scene()
    scene.live.broker.state, scene.live.broker.reason = BrokerState.AWAY, "Connection refused"
    [reason] = (await scene.readiness.check()).reasons
    assert "Connection refused" in reason


async def test_workers_without_a_shared_broker_say_so() -> None:
    assert (await Scene(workers=2).readiness.check()).standing is Standing.DEGRADED
    assert (await Scene(workers=2, broker="redis://x").readiness.check()).standing is Standing.READY


async def test_store_that_hangs_is_asked_once_and_costs_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.02)
    monkeypatch.setattr(module, "PROBE_AGE_S", 0.0)
    scene = Scene()
    scene.store.may_answer.clear()
    async with asyncio.timeout(LIMIT_S):
        conditions = await asyncio.gather(*(scene.readiness.check() for _ in range(5)))
        assert {condition.is_store_there for condition in conditions} == {False}
        assert not (await scene.readiness.check()).is_store_there
        assert scene.store.read_count == 1
        scene.store.may_answer.set()
        while not (await scene.readiness.check()).is_store_there:
            pass
    await scene.readiness.close()


async def test_many_who_ask_are_one_question() -> None:
    scene = Scene()
    await asyncio.gather(*(scene.readiness.check() for _ in range(20)))
    await scene.readiness.check()
    assert scene.store.read_count == 1
