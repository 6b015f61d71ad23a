from __future__ import annotations

from tertulia_server.actions.notifying import Notifier
from tertulia_server.store.read_marks import find_mark
from tertulia_server.store.watches import is_watching
from tests.server.web.site import Browser, Site


async def test_what_one_was_told_is_read_and_marked(site: Site, ada: Browser, guest: Browser) -> None:
    thread_id = (await site.thread(visitor=site.town.bob)).thread["id"]
    for _ in range(2):
        await site.post(thread_id, "@ada", visitor=site.town.bob)
    await Notifier(site.actions).work_off()
    data = (await ada.get("/api/notifications")).json()
    assert [(one["number"], one["kind"], one["is_read"]) for one in data["notifications"]] == [
        (3, "mention", False),
        (2, "mention", False),
    ]
    assert (data["unread"], data["cursor"][1]) == (2, 2)
    older = data["notifications"][1]["id"]
    assert (await ada.put("/api/notifications/read", json={"until": older})).json() == {"unread": 1}
    assert (await guest.get("/api/notifications")).status_code == 401
    assert (await ada.put("/api/notifications/read", json={"until": 0})).status_code == 422


async def test_mark_is_set_and_never_goes_back(site: Site, ada: Browser, guest: Browser) -> None:
    thread_id = (await site.thread(visitor=site.town.bob)).thread["id"]
    await site.fill(thread_id, 4)
    for number in (4, 2):
        answer = await ada.put(f"/api/threads/{thread_id}/mark", json={"number": number})
        assert (answer.status_code, answer.json()) == (202, {"number": number})
    await site.app.state.services.marks.flush()
    assert site.town.ada.member_id is not None
    assert await site.store.read(find_mark, site.town.ada.member_id, thread_id) == 4
    assert (await guest.put(f"/api/threads/{thread_id}/mark", json={"number": 1})).status_code == 401


async def test_thread_is_watched(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread(visitor=site.town.bob)).thread["id"]
    assert site.town.ada.member_id is not None
    for wanted in (True, False):
        answer = await ada.put(f"/api/threads/{thread_id}/watch", json={"is_watching": wanted})
        assert answer.json() == {"is_watching": wanted}
        assert await site.store.read(is_watching, thread_id, site.town.ada.member_id) is wanted


async def test_what_may_not_be_read_is_not_there(site: Site, ada: Browser) -> None:
    hidden = (await site.thread(visitor=site.town.mona, forum_id=site.town.staff_forum_id)).thread["id"]
    for thread_id in (hidden, 999):
        assert (await ada.put(f"/api/threads/{thread_id}/mark", json={"number": 1})).status_code == 404
        assert (await ada.put(f"/api/threads/{thread_id}/watch", json={"is_watching": True})).status_code == 404
