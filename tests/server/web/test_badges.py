from __future__ import annotations

import re

from tertulia_server.actions.notifying import Notifier
from tests.server.web.site import Browser, Site


async def test_head_of_each_page_counts_what_is_unread(site: Site, guest: Browser, ada: Browser) -> None:
    thread = (await site.thread(visitor=site.town.bob)).thread
    await site.post(thread["id"], "@ada look", visitor=site.town.bob)
    await Notifier(site.actions).work_off()
    for path in ("/", f"/forums/{site.town.forum_id}", "/notifications", "/notifications/settings"):
        html = (await ada.get(path, follow_redirects=True)).text
        bell = re.search(r'<a class="bell has-news".*?</a>', html)
        assert bell is not None, path
        assert ">1</span>" in bell[0]
        assert f'data-channel="member:{site.town.ada.member_id}" data-cursor="' in bell[0]
    assert 'id="bell"' not in (await guest.get("/")).text


async def test_page_that_is_read_counts_itself_as_read(site: Site, ada: Browser) -> None:
    """Without a script too: its own badge knows of it."""
    thread = (await site.thread(visitor=site.town.bob)).thread
    await site.post(thread["id"], "@ada look", visitor=site.town.bob)
    await Notifier(site.actions).work_off()
    first = await ada.get(f"/threads/{thread['id']}-the-fair")
    assert "has-news" not in first.text
    known = {"if-none-match": first.headers["etag"]}
    again = await ada.get(f"/threads/{thread['id']}-the-fair", headers=known)
    second = await ada.get(f"/threads/{thread['id']}-the-fair", headers={"if-none-match": again.headers["etag"]})
    assert second.status_code == 304


async def test_another_badge_is_another_page(site: Site, ada: Browser) -> None:
    read = (await site.thread(visitor=site.town.bob)).thread
    other = (await site.thread(visitor=site.town.bob)).thread
    path = f"/threads/{read['id']}-the-fair"
    await ada.get(path)
    await site.app.state.services.marks.flush()
    tag = (await ada.get(path)).headers["etag"]
    await site.post(other["id"], "@ada look", visitor=site.town.bob)
    await Notifier(site.actions).work_off()
    answer = await ada.get(path, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert "has-news" in answer.text
