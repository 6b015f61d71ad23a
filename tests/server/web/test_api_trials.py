from __future__ import annotations

from tertulia_server.actions.moderators import set_administrator
from tests.server.web.site import Browser, Site


async def test_trial_is_made_used_and_removed_over_the_api(site: Site, guest: Browser) -> None:
    await set_administrator(site.actions, None, "ada", is_one=True)
    root = await site.browser_of(site.town.ada)
    made = await root.post("/api/trials", json={"name": "Load run 7", "members": 2, "lasts_s": 60})
    assert made.status_code == 201
    forum_id, members = made.json()["forum"], made.json()["members"]
    bearer = {"authorization": f"Bearer {members[0]['token']}", "idempotency-key": "a-key-of-the-run"}
    begun = await guest.post(f"/api/forums/{forum_id}/threads", json={"title": "T", "text": "T."}, headers=bearer)
    assert begun.status_code == 201
    [trial] = (await root.get("/api/trials")).json()["trials"]
    assert (trial["forum"], trial["name"], trial["is_over"]) == (forum_id, "Load run 7", False)
    longer = await root.patch(f"/api/trials/{forum_id}", json={"lasts_s": 600})
    assert longer.json() == {"ends_ms": made.json()["ends_ms"] + 540_000}
    removed = await root.delete(f"/api/trials/{forum_id}")
    assert removed.json() == {"is_done": True}
    assert (await root.get(f"/threads/{begun.json()['thread']['id']}")).status_code == 404
    assert (await root.get("/api/trials")).json() == {"trials": []}


async def test_trials_are_not_for_everybody(site: Site, guest: Browser, mona: Browser) -> None:
    for browser, status in ((guest, 401), (mona, 403)):
        assert (await browser.get("/api/trials")).status_code == status
        assert (await browser.post("/api/trials", json={"name": "x"})).status_code == status
        assert (await browser.patch("/api/trials/1", json={"lasts_s": 5})).status_code == status
        assert (await browser.delete("/api/trials/1")).status_code == status
