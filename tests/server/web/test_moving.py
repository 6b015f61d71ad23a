from __future__ import annotations

import re

from tests.server.web.site import Browser, Form, Site, texts_of


async def test_thread_moves_by_a_form(site: Site, mona: Browser, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/threads/{thread_id}/move"
    assert "Members" in (await mona.get(path)).text
    answer = await mona.post(path, data={"forum": str(site.town.members_forum_id)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/threads/{thread_id}-the-fair")
    assert (await guest.get(answer.headers["location"])).status_code == 401
    assert (await mona.post(path, data={"forum": "x"})).status_code == 404


async def test_chosen_posts_begin_a_thread_by_checkboxes(site: Site, mona: Browser, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    post = (await site.post(thread_id, "Prices are high")).post
    path = f"/threads/{thread_id}/select"
    form = Form((await mona.get(path)).text, f"{path}?page=1").fields
    chosen = {"key": form["key"], f"post-{post['id']}": "on", "do": "split"}
    refused = await mona.post(f"{path}?page=1", data={**chosen, "title": " "})
    assert refused.status_code == 422
    assert re.search(rf'name="post-{post["id"]}" checked', refused.text)
    answer = await mona.post(f"{path}?page=1", data={**chosen, "title": "Prices"})
    assert answer.headers["location"] == "/threads/2-prices"
    old = (await guest.get(f"/threads/{thread_id}-the-fair")).text
    assert f'data-number="2" id="post-{post["id"]}"' in old
    assert "Prices are high" not in old
    assert "Prices are high" in (await guest.get("/threads/2-prices")).text
    moved = await guest.get(f"/posts/{post['id']}")
    assert moved.headers["location"] == f"/threads/2-prices#post-{post['id']}"
    assert (await guest.get(f"/api/threads/{thread_id}/posts")).json()["moved"] == [
        {"number": 2, "post_id": post["id"]}
    ]


async def test_merged_thread_leads_to_the_other_whoever_may_follow(
    site: Site, mona: Browser, ada: Browser, guest: Browser
) -> None:
    one = (await site.thread("One")).thread["id"]
    other = (await site.thread("Other", forum_id=site.town.members_forum_id)).thread["id"]
    path = f"/threads/{one}/select?page=1"
    answer = await mona.post(
        path, data={"do": "merge", "whole_into": f"http://forum.test/threads/{other}-other#post-2"}
    )
    assert answer.headers["location"] == f"/threads/{other}-other"
    assert (await ada.get(f"/threads/{one}-one")).headers["location"] == f"/threads/{other}-other"
    page = await guest.get(f"/threads/{one}-one")
    assert page.status_code == 200
    assert "This post was moved to another thread." in page.text
    for secret in ("Other", f"/threads/{other}"):
        assert secret not in page.text.replace("This thread was merged into another one.", "")
    assert (await guest.get(f"/forums/{site.town.forum_id}-town-talk")).text.count("data-thread-id=") == 0


async def test_merged_thread_is_in_no_list_and_its_old_addresses_lead_on(
    site: Site, mona: Browser, ada: Browser, guest: Browser
) -> None:
    """Pages, API, feeds, search and the map of the site name what is there, each once, where it is."""
    one = (await site.thread("Old herrings", "smoked")).thread["id"]
    split = (await site.post(one, "salted")).post["id"]
    other = (await site.thread("Fishmongers")).thread["id"]
    third = (await site.thread("Third", forum_id=site.town.members_forum_id)).thread["id"]
    await mona.post(
        f"/threads/{one}/select?page=1",
        data={f"post-{split}": "on", "do": "move", "into": f"http://forum.test/threads/{third}"},
    )
    await mona.post(
        f"/threads/{one}/select?page=1", data={"do": "merge", "whole_into": f"http://forum.test/threads/{other}"}
    )
    forum = f"/forums/{site.town.forum_id}-town-talk"
    for reader, address in (
        (guest, "/"),
        (ada, "/"),
        (guest, forum),
        (guest, f"{forum}/feed.atom"),
        (guest, "/sitemaps/1.xml"),
        (guest, "/api/forums"),
        (guest, f"/api/forums/{site.town.forum_id}"),
        (ada, f"/members/{site.town.ada.member_id}"),
        (ada, "/api/search?q=herrings"),
    ):
        answer = await reader.get(address, follow_redirects=True)
        assert answer.status_code == 200
        for word in ("Old herrings", "old-herrings", f"/threads/{one}", '"title":"Old'):
            assert word not in answer.text, (address, word)
    found = (await guest.get("/api/search", params={"q": "smoked"})).json()["posts"]
    assert [post["thread"]["id"] for post in found] == [other]
    assert (await guest.get("/api/search", params={"q": "salted"})).json()["posts"] == []
    target = f"/threads/{other}-fishmongers"
    for old in ("", "-old-herrings", "-old-herrings/page-1", "-old-herrings/feed.atom"):
        new = target + ("/feed.atom" if old.endswith("atom") else "")
        assert (await guest.get(f"/threads/{one}{old}")).headers["location"] == new
    for way in ("unread", "newest"):
        answer = await ada.get(f"/threads/{one}/{way}", follow_redirects=True)
        assert answer.url.path == target


async def test_what_was_being_written_in_a_merged_thread_goes_along(site: Site, mona: Browser, ada: Browser) -> None:
    one = (await site.thread("One")).thread["id"]
    other = (await site.thread("Other")).thread["id"]
    page = await ada.get(f"/threads/{one}-one")
    form = Form(page.text, f"/threads/{one}/posts").fields
    await mona.post(
        f"/threads/{one}/select?page=1", data={"do": "merge", "whole_into": f"http://forum.test/threads/{other}"}
    )
    answer = await ada.post(f"/threads/{one}/posts", data={**form, "text": "Late, and not lost."})
    assert answer.headers["location"].startswith(f"/threads/{other}-other#post-")
    again = await ada.post(f"/threads/{one}/posts", data={**form, "text": "Late, and not lost."})
    assert again.headers["location"] == answer.headers["location"]
    assert (await texts_of(site, other)).count("Late, and not lost.") == 1
    await mona.post(f"/threads/{other}/move", data={"forum": str(site.town.staff_forum_id)})
    refused = await ada.post(f"/threads/{one}/posts", data={"text": "And this?", "key": "another-key"})
    assert refused.status_code == 403
    assert "And this?" in refused.text
    assert "merged into another one" in refused.text


async def test_forms_are_for_those_who_moderate(site: Site, ada: Browser, guest: Browser, mona: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    for page in ("move", "select"):
        assert (await ada.get(f"/threads/{thread_id}/{page}")).status_code == 403
        assert (await guest.post(f"/threads/{thread_id}/{page}", data={"do": "split"})).status_code == 401
    assert (
        await mona.post(f"/threads/{thread_id}/select", data={"do": "merge", "whole_into": "there"})
    ).status_code == 422
