from __future__ import annotations

from tertulia_server.forum.moderation import AuditAction
from tertulia_server.web.moderation_pages import DEEDS
from tests.server.web.site import Browser, Site


def test_every_deed_has_its_words() -> None:
    assert set(DEEDS) == set(AuditAction)


async def test_queue_shows_the_post_and_lets_it_stand(site: Site, ada: Browser, mona: Browser) -> None:
    post = (await site.thread(text="Cheap shoes", visitor=site.town.bob)).post
    assert "Nothing waits." in (await mona.get("/moderation")).text
    await ada.post(f"/posts/{post['id']}/report", data={"reason": "Spam"})
    page = (await mona.get("/moderation")).text
    for part in ("Cheap shoes", "<b>ada</b>: Spam", f"/posts/{post['id']}/remove", "/ban?next=/moderation"):
        assert part in page, part
    answer = await mona.post(f"/moderation/posts/{post['id']}/close")
    assert (answer.status_code, answer.headers["location"]) == (303, "/moderation")
    assert "Nothing waits." in (await mona.get("/moderation")).text


async def test_pages_of_the_staff_are_not_there_for_others(
    site: Site, guest: Browser, ada: Browser, rob: Browser, mona: Browser
) -> None:
    post = (await site.thread(visitor=site.town.bob)).post
    await ada.post(f"/posts/{post['id']}/report", data={"reason": "Zwiebeln"})
    for path in ("/moderation", "/moderation/log", "/api/moderation/reports", "/api/moderation/log"):
        assert (await guest.get(path)).status_code == 401
        for browser in (ada, rob):
            answer = await browser.get(path)
            assert answer.status_code == 404
            assert "Zwiebeln" not in answer.text
        assert (await mona.get(path)).status_code == 200
    assert (await ada.post(f"/moderation/posts/{post['id']}/close")).status_code == 403
    assert 'href="/moderation"' in (await mona.get("/")).text
    assert 'href="/moderation"' not in (await ada.get("/")).text


async def test_log_tells_what_was_done_in_pages(site: Site, mona: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    for number in range(26):
        await mona.post(f"/threads/{thread_id}/rename", data={"title": f"Fair {number} <i>"})
        await mona.post(f"/threads/{thread_id}/moderate", data={"do": "pin" if number % 2 else "unpin"})
    page = (await mona.get("/moderation/log")).text
    assert "renamed the thread" in page
    assert "Fair 25 &lt;i&gt;" in page
    assert "/moderation/log?before=2" in page
    older = (await mona.get("/moderation/log?before=2")).text
    assert "It was: The fair" in older
    assert (await mona.get("/moderation/log?before=x")).status_code == 422
