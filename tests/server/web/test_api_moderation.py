from __future__ import annotations

from tests.server.town import NOW_MS
from tests.server.web.site import Browser, Site


async def test_thread_is_changed_by_those_who_moderate(site: Site, mona: Browser, ada: Browser, guest: Browser) -> None:
    path = f"/api/threads/{(await site.thread()).thread['id']}"
    answer = await mona.patch(path, json={"title": "Fairs", "is_locked": True})
    thread = answer.json()["thread"]
    assert (answer.status_code, thread["title"], thread["is_locked"], thread["is_pinned"]) == (
        200,
        "Fairs",
        True,
        False,
    )
    assert (await guest.get(path)).json()["cursor"] == answer.json()["cursor"]
    assert (await ada.patch(path, json={"is_locked": False})).status_code == 403
    assert (await guest.patch(path, json={"is_locked": False})).status_code == 401
    assert (await mona.patch(path, json={"is_lockd": False})).status_code == 422
    assert (await mona.patch("/api/threads/999", json={})).status_code == 404


async def test_member_is_banned_and_let_in_again(site: Site, mona: Browser, ada: Browser, bob: Browser) -> None:
    path = f"/api/members/{site.town.bob.member_id}/ban"
    answer = (await mona.put(path, json={"reason": "Shoes", "for_s": 60})).json()
    assert (answer["member"]["rank"], answer["ban"]) == ("BANNED", {"reason": "Shoes", "until_ms": NOW_MS + 60_000})
    assert (await bob.get("/api/me")).json()["ban"] == answer["ban"]
    assert (await ada.delete(path)).status_code == 403
    assert (await mona.put(path, json={"reason": ""})).status_code == 422
    assert (await mona.put("/api/members/999/ban", json={"reason": "Shoes"})).status_code == 404
    answer = (await mona.delete(path)).json()
    assert (answer["member"]["is_banned"], answer["ban"]) == (False, None)


async def test_post_is_reported_and_stands(site: Site, mona: Browser, ada: Browser, guest: Browser) -> None:
    post = (await site.thread(text="Cheap shoes", visitor=site.town.bob)).post
    path = f"/api/posts/{post['id']}/reports"
    assert (await guest.post(path, json={"reason": "Spam"})).status_code == 401
    assert (await ada.post(path, json={"reason": ""})).status_code == 422
    assert (await ada.post(path, json={"reason": "Spam"})).json() == {"post_id": post["id"]}
    (waiting,) = (await mona.get("/api/moderation/reports")).json()["posts"]
    assert (waiting["id"], waiting["html"], waiting["is_removed"]) == (post["id"], post["html"], False)
    assert waiting["reports"] == [{"reporter": "ada", "reason": "Spam", "created_ms": NOW_MS}]
    assert (await ada.delete(path)).status_code == 403
    assert (await mona.delete(path)).json() == {"closed": 1}
    (line,) = (await mona.get("/api/moderation/log")).json()["lines"]
    assert (line["action"], line["actor"], line["member"], line["detail"]) == (
        "reports.closed",
        "mona",
        "bob",
        {"count": 1},
    )
