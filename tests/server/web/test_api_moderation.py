from __future__ import annotations

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
