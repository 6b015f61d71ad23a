from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tertulia_server.broker.port import BrokerState
from tertulia_server.live.live import Live
from tertulia_server.live.watch import Watch
from tertulia_server.settings import Settings
from tertulia_server.store.metered import MeteredStore
from tests.server.web.site import Browser, Site


@pytest.fixture
async def live(site: Site) -> AsyncIterator[Live]:
    store = MeteredStore(site.store)
    live = Live(Settings(), store, site.broker)
    await live.start()
    site.app.state.live, site.app.state.watch = live, Watch(live, store)
    yield live
    await site.app.state.watch.close()
    await live.close()


async def test_process_that_answers_is_alive_whatever_else_is_wrong(site: Site, guest: Browser) -> None:
    await site.store.close()
    answer = await guest.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer.headers["cache-control"] == "no-store"


async def test_worker_is_ready_while_all_is_well(live: Live, guest: Browser) -> None:
    answer = await guest.get("/readyz")
    said = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert 0 <= said.pop("sweep_age_ms") < 10_000
    assert 0 <= said.pop("rights_age_ms") < 10_000
    assert said == {
        "status": "ready",
        "reasons": [],
        "store": "connected",
        "broker": "connected",
        "draining": False,
        "epoch": live.hub.epoch,
    }


async def test_worker_that_does_not_hear_the_others_serves_and_says_so(live: Live, site: Site, guest: Browser) -> None:
    for state in (BrokerState.AWAY, BrokerState.DEAF):
        site.broker.state = state
        answer = await guest.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["broker"] == state.value
        assert len(answer.json()["reasons"]) == 1


async def test_worker_without_a_store_is_not_ready(live: Live, site: Site, guest: Browser) -> None:
    await site.store.close()
    answer = await guest.get("/readyz")
    assert (answer.status_code, answer.json()["store"]) == (503, "away")
    assert "database" in answer.json()["reasons"][0]
    assert answer.headers["retry-after"]


async def test_worker_that_drains_is_not_ready(live: Live, guest: Browser) -> None:
    await live.draining.begin()
    answer = await guest.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["draining"]) == (503, "not ready", True)
    assert (await guest.get("/healthz")).status_code == 200
