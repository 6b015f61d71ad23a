from __future__ import annotations

from tests.server.web.site import Browser, Form, Site


async def test_member_reports_a_post_by_a_form(site: Site, ada: Browser, mona: Browser) -> None:
    thread = (await site.thread(visitor=site.town.bob)).thread
    post = (await site.post(thread["id"], "Cheap shoes", visitor=site.town.bob)).post
    path = f"/posts/{post['id']}/report"
    assert f'href="{path}"' in (await ada.get(f"/threads/{thread['id']}-the-fair")).text
    assert "Cheap shoes" in (await ada.get(path)).text
    refused = await ada.post(path, data={"reason": "x" * 501})
    assert (refused.status_code, Form(refused.text, path).fields["reason"]) == (422, "x" * 501)
    answer = await ada.post(path, data={"reason": "Spam & <b>lies</b>"})
    assert answer.headers["location"] == f"/posts/{post['id']}/reported"
    assert "Thank you" in (await ada.get(answer.headers["location"])).text
    assert "Spam &amp; &lt;b&gt;lies&lt;/b&gt;" in (await mona.get("/moderation")).text


async def test_report_is_not_offered_to_guests_authors_and_the_banned(
    site: Site, guest: Browser, bob: Browser, rob: Browser
) -> None:
    post = (await site.thread(visitor=site.town.bob)).post
    for browser, status in ((guest, 401), (bob, 403), (rob, 403)):
        page = (await browser.get(f"/threads/{post['thread_id']}-the-fair")).text
        assert 'data-tool="report"' not in page
        answer = await browser.post(f"/posts/{post['id']}/report", data={"reason": "Spam"})
        assert answer.status_code == status
