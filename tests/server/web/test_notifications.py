from __future__ import annotations

import re

from tertulia_server.actions.notifying import Notifier
from tertulia_server.actions.posts import edit_post
from tests.server.web.site import Browser, Form, Site


async def tell(site: Site, times: int = 1) -> int:
    """ada is mentioned; the thread."""
    thread_id = (await site.thread("The <fair>", visitor=site.town.bob)).thread["id"]
    for _ in range(times):
        await site.post(thread_id, "@ada look", visitor=site.town.bob)
    await Notifier(site.actions).work_off()
    return thread_id


async def test_list_says_who_wrote_where_and_leads_there(site: Site, ada: Browser) -> None:
    await tell(site, 2)
    html = (await ada.get("/notifications")).text
    items = re.findall(r'<li class="notification is-unread" data-key="\d+".*?</li>', html, re.DOTALL)
    assert len(items) == 2
    assert "bob</b>" in items[0]
    assert '<span data-kind="mention">mentioned you in</span>' in items[0]
    assert "The &lt;fair&gt;" in items[0]
    link = re.search(r'href="(/posts/\d+)"', items[0])
    assert link is not None
    assert "-the-fair#post-" in (await ada.get(link[1])).headers["location"]


async def test_all_are_marked_as_read_by_a_plain_form(site: Site, ada: Browser) -> None:
    await tell(site, 2)
    fields = Form((await ada.get("/notifications")).text, "/notifications/read").fields
    assert (await ada.post("/notifications/read", data=fields)).headers["location"] == "/notifications"
    html = (await ada.get("/notifications")).text
    assert "notification is-unread" not in html
    assert "has-news" not in html


async def test_name_that_an_edit_added_is_news_until_its_page_is_seen(site: Site, ada: Browser) -> None:
    thread = (await site.thread(visitor=site.town.bob)).thread
    post = (await site.post(thread["id"], "look", visitor=site.town.bob)).post
    address = f"/threads/{thread['id']}-the-fair"
    notifier = Notifier(site.actions)
    await notifier.work_off()
    await ada.get(address)
    await edit_post(site.actions, site.town.bob, post["id"], "@ada look", version=1)
    await notifier.work_off()
    html = (await ada.get("/notifications")).text
    assert "notification is-unread" in html, "a mark that is further is no reading"
    assert "has-news" in html
    assert "has-news" not in (await ada.get(address)).text
    assert "notification is-unread" not in (await ada.get("/notifications")).text


async def test_what_somebody_wants_is_chosen_by_a_plain_form(site: Site, ada: Browser) -> None:
    html = (await ada.get("/notifications/settings")).text
    assert re.findall(r'name="(\w+)" value="yes" checked', html) == ["mention", "quote", "reply", "watch_on_reply"]
    await ada.post("/notifications/settings", data={"quote": "yes", "watch_on_reply": "yes"})
    html = (await ada.get("/notifications/settings")).text
    assert re.findall(r'name="(\w+)" value="yes" checked', html) == ["quote", "watch_on_reply"]
    await tell(site)
    assert 'data-post-id="' not in (await ada.get("/notifications")).text


async def test_notifications_are_a_members_own(site: Site, guest: Browser, bob: Browser) -> None:
    await tell(site)
    assert 'data-post-id="' not in (await bob.get("/notifications")).text
    for path in ("/notifications", "/notifications/settings"):
        assert (await guest.get(path)).status_code == 401
    assert (await guest.post("/notifications/settings", data={"mention": "yes"})).status_code == 401
    assert (await guest.post("/notifications/read", data={"until": "1"})).status_code == 401


async def test_older_ones_are_on_further_pages(site: Site, ada: Browser) -> None:
    await tell(site, 52)
    html = (await ada.get("/notifications")).text
    older = re.search(r'href="(/notifications\?before=\d+)"', html)
    assert html.count('data-post-id="') == 50
    assert older is not None
    html = (await ada.get(older[1])).text
    assert html.count('data-post-id="') == 2
    assert 'href="/notifications?before' not in html
