from __future__ import annotations

from tests.server.web.site import Browser, Form, Site


async def test_member_is_banned_and_let_in_again_by_a_form(site: Site, mona: Browser, bob: Browser) -> None:
    path = f"/members/{site.town.bob.member_id}/ban"
    page = (await mona.get(f"{path}?next=/forums/1")).text
    assert Form(page, path).fields["next"] == "/forums/1"
    answer = await mona.post(path, data={"do": "ban", "days": "3", "reason": "Shoes <b>", "next": "/forums/1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/forums/1")
    told = (await bob.get("/")).text
    assert "You are banned until" in told
    assert "The reason: Shoes &lt;b&gt;" in told
    assert "End the ban now" in (await mona.get(path)).text
    await mona.post(path, data={"do": "unban", "next": "//evil.test"})
    assert "You are banned" not in (await bob.get("/")).text


async def test_reason_and_end_are_for_the_banned_and_the_staff_only(
    site: Site, mona: Browser, ada: Browser, guest: Browser, bob: Browser
) -> None:
    thread = (await site.thread(visitor=site.town.bob)).thread
    await mona.post(f"/members/{site.town.bob.member_id}/ban", data={"days": "", "reason": "Zwiebeln"})
    for browser in (ada, guest, mona):
        for path in (f"/threads/{thread['id']}-the-fair", f"/api/threads/{thread['id']}/posts", "/api/me", "/"):
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert "Zwiebeln" not in answer.text
    assert (await bob.get("/api/me")).json()["ban"] == {"reason": "Zwiebeln", "until_ms": None}
    refused = await bob.post(f"/threads/{thread['id']}/posts", data={"text": "Hello", "key": "some-key-1"})
    assert "The reason: Zwiebeln" in refused.text


async def test_form_is_for_the_staff_and_keeps_what_was_written(
    site: Site, mona: Browser, ada: Browser, guest: Browser
) -> None:
    path = f"/members/{site.town.bob.member_id}/ban"
    assert (await guest.get(path)).status_code == 401
    assert (await ada.get(path)).status_code == 403
    assert (await ada.post(path, data={"reason": "Why not"})).status_code == 403
    assert (await mona.get("/members/999/ban")).status_code == 404
    assert (await mona.get(f"/members/{site.town.mona.member_id}/ban")).status_code == 403
    refused = await mona.post(path, data={"reason": "Shoes", "days": "99999"})
    assert (refused.status_code, Form(refused.text, path).fields["reason"]) == (422, "Shoes")
    assert (await mona.post(path, data={"reason": " ", "days": "1"})).status_code == 422
