from __future__ import annotations

from pathlib import Path

from tertulia_server.web.address_pace import place_of
from tests.server.town import Town
from tests.server.web.site import open_site


def test_nets_of_ipv6_are_one_place_and_mapped_addresses_are_what_they_map() -> None:
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:2")
    assert place_of("2001:db8::1") != place_of("2001:db8:0:1::1")
    assert place_of("192.0.2.1") != place_of("192.0.2.2")
    assert place_of("testclient") == "testclient"


async def test_writing_of_one_address_is_bounded_and_reading_and_the_staff_are_not(
    town_file: Path, built: tuple[Path, Town]
) -> None:
    site = await open_site(town_file, built[1], writes_per_minute=2)
    try:
        ada, bob, mona = [await site.browser_of(who) for who in (site.town.ada, site.town.bob, site.town.mona)]
        thread_id = (await site.thread()).thread["id"]
        path = f"/api/threads/{thread_id}/posts"

        async def post(browser: object, number: int) -> int:
            headers = {"Idempotency-Key": f"some-key-{number}"}
            answer = await browser.post(path, json={"text": "Hello"}, headers=headers)  # type: ignore[attr-defined]
            if answer.status_code == 429:
                assert 0 < answer.json()["retry_after_ms"] <= 30_001
                assert int(answer.headers["retry-after"]) >= 1
            return int(answer.status_code)

        assert [await post(browser, n) for n, browser in enumerate((ada, bob, ada, mona))] == [201, 201, 429, 201]
        assert (await ada.get(path)).status_code == 200
    finally:
        await site.close()
