from __future__ import annotations

from typing import Any

from tertulia_server.store.webhooks import read_deliveries
from tertulia_wire.codes import Code
from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site
from tests.server.web.test_webhooks import SECRET, URL, try_once

API = "/api/webhooks"


async def make(browser: Browser, **changes: object) -> Any:
    answer = await browser.post(API, json={"label": "chat", "url": URL, "channel": "forum:1", **changes})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return check_answer(answer)


async def test_webhook_from_its_making_to_its_end(site: Site, ada: Browser) -> None:
    made = await make(ada)
    webhook = made["webhook"]
    path = f"{API}/{webhook['id']}"
    assert SECRET.fullmatch(made["secret"])
    assert (webhook["is_on"], webhook["off_reason"], webhook["next_ms"]) == (True, "", None)
    assert check_answer(await ada.get(path)) == webhook
    assert check_answer(await ada.get(API)) == {"webhooks": [webhook], "most": 10}
    changed = check_answer(await ada.patch(path, json={"is_on": False, "label": "other"}))
    assert (changed["is_on"], changed["off_reason"], changed["label"], changed["url"]) == (False, "owner", "other", URL)
    rotated = await ada.post(f"{path}/secret")
    assert check_answer(rotated)["secret"] != made["secret"]
    assert rotated.headers["cache-control"] == "no-store"
    assert check_answer(await ada.delete(path)) == {"webhooks": [], "most": 10}
    assert check_answer(await ada.get(path))["code"] == Code.NOT_FOUND


async def test_deliveries_are_read_and_sent_again(site: Site, ada: Browser) -> None:
    webhook_id = (await make(ada))["webhook"]["id"]
    await site.thread()
    await site.store.write(try_once, webhook_id, 200)
    await site.store.write(try_once, webhook_id, 500)
    path = f"{API}/{webhook_id}"
    failing = check_answer(await ada.get(path))
    assert (failing["failures"], failing["next_ms"] is not None) == (1, True)
    refused, taken = check_answer(await ada.get(f"{path}/deliveries"))["deliveries"]
    assert (taken["outcome"], taken["status"], taken["answer"]) == ("delivered", 200, "so it is")
    assert (refused["outcome"], refused["status"], refused["attempt"]) == ("refused", 500, 1)
    assert taken["delivery"] == f"{webhook_id}:forum:1:{failing['cursor'][0]}:1"
    again = await ada.post(f"{path}/deliveries/{taken['id']}/again")
    assert again.status_code == 202
    assert check_answer(again)["deliveries"][1]["is_wanted_again"]
    assert check_answer(await ada.post(f"{path}/deliveries/999/again"))["code"] == Code.NOT_FOUND


async def test_refusals_are_as_described(site: Site, ada: Browser, bob: Browser, guest: Browser, rob: Browser) -> None:
    webhook_id = (await make(ada))["webhook"]["id"]
    body = {"label": "chat", "url": URL, "channel": "forum:1"}
    for browser, status in ((guest, 401), (rob, 403)):
        answer = await browser.post(API, json=body)
        assert answer.status_code == status
        check_answer(answer)
    for change in ({"channel": "site"}, {"url": "ftp://x/"}, {"label": ""}, {"channel": "forum:2"}, {"url": 1}):
        answer = await ada.post(API, json={**body, **change})
        assert answer.status_code in {404, 422}
        check_answer(answer)
    for answer in (
        await bob.get(f"{API}/{webhook_id}"),
        await bob.patch(f"{API}/{webhook_id}", json={"label": "mine"}),
        await bob.delete(f"{API}/{webhook_id}"),
        await bob.post(f"{API}/{webhook_id}/secret"),
        await bob.get(f"{API}/{webhook_id}/deliveries"),
        await bob.post(f"{API}/{webhook_id}/deliveries/1/again"),
    ):
        assert answer.status_code == 404
        check_answer(answer)
    assert check_answer(await bob.get(API))["webhooks"] == []


async def test_token_reads_and_sends_again_but_makes_nothing_that_outlives_it(site: Site, ada: Browser) -> None:
    webhook_id = (await make(ada))["webhook"]["id"]
    await site.thread()
    await site.store.write(try_once, webhook_id, 200)
    (delivery,) = await site.store.read(read_deliveries, webhook_id)
    program = site.browser(authorization=f"Bearer {await site.api_token(site.town.ada)}")
    assert len(check_answer(await program.get(API))["webhooks"]) == 1
    again = f"{API}/{webhook_id}/deliveries/{delivery.id}/again"
    assert (await program.post(again)).status_code == 202
    assert (await program.post(API, json={"label": "x", "url": URL, "channel": "forum:1"})).status_code == 403
    assert (await program.patch(f"{API}/{webhook_id}", json={"label": "x"})).status_code == 403
    assert (await program.delete(f"{API}/{webhook_id}")).status_code == 403
    assert (await program.post(f"{API}/{webhook_id}/secret")).status_code == 403
