from __future__ import annotations

from tertulia_server.actions.moderators import set_administrator
from tests.server.web.site import Browser, Site

BASE = "/api/administration"


async def test_index_is_shaped_over_the_api(site: Site) -> None:
    await set_administrator(site.actions, None, "ada", is_one=True)
    root = await site.browser_of(site.town.ada)
    made = await root.post(f"{BASE}/forums", json={"name": "Kitchen", "category": "House", "posting": "staff"})
    assert made.status_code == 201
    house = made.json()["categories"][1]
    kitchen = house["forums"][0]
    assert (house["name"], kitchen["audience"], kitchen["posting"]) == ("House", "public", "staff")
    forum = f"{BASE}/forums/{kitchen['forum']['id']}"
    changed = await root.patch(forum, json={"audience": "members", "position": 4})
    assert changed.json()["categories"][1]["forums"][0] == {
        **kitchen,
        "audience": "members",
        "position": 4,
        "forum": {**kitchen["forum"], "version": 2},
    }
    for is_moderator, moderators in ((True, ["bob"]), (False, [])):
        put = await root.put(f"{forum}/moderators", json={"name": "bob", "is_moderator": is_moderator})
        assert put.json()["categories"][1]["forums"][0]["moderators"] == moderators
    await root.patch(f"{BASE}/categories/{house['id']}", json={"name": "Home", "position": 2})
    last = await root.post(f"{BASE}/categories", json={"name": "Garden", "position": 1})
    assert [one["name"] for one in last.json()["categories"]] == ["Town", "Garden", "Home"]
    assert (await root.get(BASE)).json() == last.json()
    assert (await root.post(f"{BASE}/forums", json={"name": "Staff", "category": "Town"})).status_code == 409


async def test_api_is_for_administrators(site: Site, guest: Browser, mona: Browser) -> None:
    body = {"name": "Kitchen", "category": "House"}
    for browser, code in ((guest, 401), (mona, 403)):
        assert (await browser.get(BASE)).status_code == code
        assert (await browser.post(f"{BASE}/forums", json=body)).status_code == code
        assert (await browser.patch(f"{BASE}/forums/{site.town.forum_id}", json={"name": "x"})).status_code == code
