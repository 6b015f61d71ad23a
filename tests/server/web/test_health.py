from __future__ import annotations

from tertulia_server.broker.port import BrokerState
from tests.server.web.site import Browser, Site


async def test_health_is_ok_while_all_is_well(guest: Browser) -> None:
    answer = await guest.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "broker": "connected"})
    assert answer.headers["cache-control"] == "no-store"


async def test_health_is_never_ok_while_deaf(site: Site, guest: Browser) -> None:
    for state in (BrokerState.AWAY, BrokerState.DEAF):
        site.broker.state = state
        assert (await guest.get("/healthz")).json() == {"status": "degraded", "broker": state.value}


async def test_health_fails_without_the_store(site: Site, guest: Browser) -> None:
    await site.store.close()
    assert (await guest.get("/healthz")).status_code >= 500
