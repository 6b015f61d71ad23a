from __future__ import annotations

from tests.server.town import NOW_MS
from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site

DRAFT = {"place": "thread:17", "text": "I think", "age_ms": 5_000}


async def test_draft_is_kept_read_listed_and_dropped(site: Site, ada: Browser, bob: Browser) -> None:
    saved = check_answer(await ada.put("/api/draft", json=DRAFT))
    draft = saved["draft"]
    assert draft == {
        "place": "thread:17",
        "title": "",
        "text": "I think",
        "version": NOW_MS,
        "changed_ms": NOW_MS - 5_000,
    }
    assert (saved["other"], saved["taken"]) == (None, True)
    other_device = await site.browser_of(site.town.ada)
    assert check_answer(await other_device.get("/api/draft?place=thread:17")) == {"draft": draft}
    assert check_answer(await other_device.get("/api/drafts")) == {"drafts": [draft]}
    assert check_answer(await bob.get("/api/draft?place=thread:17")) == {"draft": None}
    for version, left in ((NOW_MS - 1, draft), (NOW_MS, None)):
        check_answer(await ada.delete(f"/api/draft?place=thread:17&version={version}"))
        assert check_answer(await ada.get("/api/draft?place=thread:17")) == {"draft": left}


async def test_draft_that_is_older_gives_way_and_comes_back(ada: Browser) -> None:
    newer = check_answer(await ada.put("/api/draft", json=DRAFT))["draft"]
    late = check_answer(await ada.put("/api/draft", json={**DRAFT, "text": "from the train", "age_ms": 60_000}))
    assert (late["draft"], late["other"]["text"], late["taken"]) == (newer, "from the train", False)


async def test_draft_of_nothing_is_none(ada: Browser) -> None:
    base = check_answer(await ada.put("/api/draft", json=DRAFT))["draft"]["version"]
    emptied = check_answer(await ada.put("/api/draft", json={**DRAFT, "text": "", "base": base}))
    assert emptied == {"draft": None, "other": None, "taken": True}
    assert check_answer(await ada.get("/api/drafts")) == {"drafts": []}


async def test_draft_goes_with_the_post_that_names_it(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    place = f"thread:{thread_id}"
    version = check_answer(await ada.put("/api/draft", json={**DRAFT, "place": place}))["draft"]["version"]
    body = {"text": "I think so", "draft": version}
    await ada.post(f"/api/threads/{thread_id}/posts", json=body, headers={"Idempotency-Key": "key-of-this-test"})
    assert check_answer(await ada.get(f"/api/draft?place={place}")) == {"draft": None}


async def test_drafts_are_for_members_and_have_a_place(ada: Browser, guest: Browser, rob: Browser) -> None:
    for who, name in ((guest, "UNAUTHENTICATED"), (rob, "BANNED")):
        assert check_answer(await who.get("/api/drafts"))["name"] == name
        assert check_answer(await who.put("/api/draft", json=DRAFT))["name"] == name
        assert check_answer(await who.delete("/api/draft?place=thread:17&version=1"))["name"] == name
    assert check_answer(await ada.get("/api/draft?place=member:1"))["name"] == "INVALID"
    assert check_answer(await ada.put("/api/draft", json={**DRAFT, "text": "x" * 40_001}))["name"] == "POST_TOO_LONG"
    assert check_answer(await ada.delete("/api/draft?place=thread:17"))["name"] == "INVALID"
