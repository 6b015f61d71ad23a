from __future__ import annotations

import pytest

from tertulia_server.actions.moderators import set_administrator
from tertulia_server.store.shaping import ForumPlan, read_plan
from tests.server.web.site import Browser, Site


@pytest.fixture
async def root(site: Site) -> Browser:
    await set_administrator(site.actions, None, "ada", is_one=True)
    return await site.browser_of(site.town.ada)


async def forum_named(site: Site, name: str) -> ForumPlan:
    plan = await site.store.read(read_plan)
    return next(one for category in plan for one in category.forums if one.forum["name"] == name)


NEW = {
    "name": "Kitchen",
    "category": "House",
    "description": "Of tea",
    "audience": "members",
    "posting": "staff",
    "position": "3",
}


async def test_forum_is_made_and_shaped_by_plain_forms(site: Site, root: Browser) -> None:
    made = await root.post("/administration/forums", data=NEW)
    kitchen = await forum_named(site, "Kitchen")
    forum_id = kitchen.forum["id"]
    assert (made.status_code, made.headers["location"]) == (303, f"/administration#forum-{forum_id}")
    assert (kitchen.rules.audience.value, kitchen.rules.posting.value, kitchen.position) == ("members", "staff", 3)
    changed = {**NEW, "name": "Big kitchen", "posting": "members", "position": "0"}
    assert (await root.post(f"/administration/forums/{forum_id}", data=changed)).status_code == 303
    assert (await forum_named(site, "Big kitchen")).rules.posting.value == "members"
    page = (await root.get("/administration")).text
    assert 'value="Big kitchen"' in page
    assert 'href="/administration"' in (await root.get("/")).text


async def test_categories_are_made_renamed_and_placed(site: Site, root: Browser) -> None:
    made = await root.post("/administration/categories", data={"name": "House", "position": "2"})
    category_id = made.headers["location"].rpartition("-")[2]
    await root.post(f"/administration/categories/{category_id}", data={"name": "Home", "position": "4"})
    plan = await site.store.read(read_plan)
    assert [(category.name, category.position) for category in plan] == [("Town", 0), ("Home", 4)]


async def test_moderators_are_appointed_and_dismissed_by_name(site: Site, root: Browser) -> None:
    path = f"/administration/forums/{site.town.forum_id}/moderators"
    assert (await root.post(path, data={"name": " bob "})).status_code == 303
    assert [name for _, name in (await forum_named(site, "Town talk")).moderators] == ["bob", "mona"]
    await root.post(path, data={"name": "bob", "do": "dismiss"})
    assert [name for _, name in (await forum_named(site, "Town talk")).moderators] == ["mona"]
    refused = await root.post(path, data={"name": "nobody at all"})
    assert refused.status_code == 404
    assert "nobody at all" in refused.text


async def test_what_cannot_be_is_told_and_kept(site: Site, root: Browser) -> None:
    refused = await root.post("/administration/forums", data={**NEW, "name": "Town talk"})
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text
    assert 'value="Of tea"' in refused.text
    for wrong in ({"audience": "cats"}, {"position": "soon"}, {"name": " "}):
        assert (await root.post("/administration/forums", data={**NEW, **wrong})).status_code == 422
    assert (await root.post("/administration/forums/99", data=NEW)).status_code == 404
    assert (await root.post("/administration/categories", data={"name": ""})).status_code == 422
    assert (await root.post("/administration/categories/99", data={"name": "x"})).status_code == 404


async def test_page_and_forms_are_for_administrators(site: Site, mona: Browser, guest: Browser, rob: Browser) -> None:
    paths = ("/administration/forums", f"/administration/forums/{site.town.forum_id}/moderators")
    for browser, code in ((mona, 403), (guest, 401), (rob, 403)):
        assert (await browser.get("/administration")).status_code == code
        for path in paths:
            answer = await browser.post(path, data={**NEW, "name": "bob"})
            assert answer.status_code == code
            assert "Staff" not in answer.text
    assert 'href="/administration"' not in (await mona.get("/")).text
