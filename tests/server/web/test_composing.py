"""Pages to write on, without a script."""

from __future__ import annotations

import pytest

from tests.server.town import lock
from tests.server.web.site import Browser, Form, Site, texts_of


async def test_reply_page_has_the_quotes_that_its_address_asks_for(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    thread_id = outcome.thread["id"]
    other = await site.post(thread_id, "> nested\n\nI do.", visitor=site.town.bob)
    page = await ada.get(f"/threads/{thread_id}/reply?quote={outcome.post['id']}&quote={other.post['id']}")
    form = Form(page.text, f"/threads/{thread_id}/posts").fields
    assert form["text"] == (
        f"> **ada** · [#1](/posts/{outcome.post['id']})\n>\n> Who comes?\n\n"
        f"> **bob** · [#2](/posts/{other.post['id']})\n>\n> I do.\n\n"
    )
    assert form["seen"] == "2"
    assert "Reply to “The fair”" in page.text
    await ada.post(f"/threads/{thread_id}/posts", data={**form, "do": "save"})
    again = await ada.get(f"/threads/{thread_id}/reply?quote={other.post['id']}")
    assert Form(again.text, f"/threads/{thread_id}/posts").fields["text"].strip() == form["text"].strip()
    answer = await ada.post(f"/threads/{thread_id}/posts", data={**form, "text": form["text"] + "Good."})
    assert f'<a href="/posts/{other.post["id"]}"' in (await ada.get(answer.headers["location"])).text


async def test_post_that_may_not_be_read_is_not_quoted(site: Site, ada: Browser) -> None:
    secret = await site.thread("Secret", "Hush", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    thread_id = (await site.thread()).thread["id"]
    for quote in (secret.post["id"], 99, "x"):
        answer = await ada.get(f"/threads/{thread_id}/reply?quote={quote}")
        assert (answer.status_code, "Hush" in answer.text) == (404, False)


async def test_pages_to_write_on_are_for_those_who_may_post(
    site: Site, guest: Browser, ada: Browser, rob: Browser
) -> None:
    thread_id = (await site.thread()).thread["id"]
    paths = [f"/threads/{thread_id}/reply", f"/forums/{site.town.forum_id}/new-thread", "/drafts"]
    assert [(await who.get(path)).status_code for who in (guest, rob, ada) for path in paths] == [
        *(401, 401, 401),
        *(403, 403, 403),
        *(200, 200, 200),
    ]
    await site.store.write(lock, thread_id)
    assert (await ada.get(paths[0])).status_code == 403
    assert (await ada.get(f"/forums/{site.town.staff_forum_id}/new-thread")).status_code == 404


async def test_preview_is_what_is_posted(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    form = Form((await ada.get(f"/threads/{thread_id}/reply")).text, action).fields
    text = "@bob *look*\n\n| a |\n|---|\n| <script> |"
    preview = await ada.post(action, data={**form, "text": text, "do": "preview"})
    assert preview.status_code == 200
    assert await texts_of(site, thread_id) == ["Who comes?"]
    posted = await ada.post(action, data=Form(preview.text, action).fields)
    shown = (await ada.get(posted.headers["location"])).text
    html = preview.text.partition("data-preview-body>")[2].partition("</div>")[0]
    assert f'href="/members/{site.town.bob.member_id}-bob"' in html
    assert html in shown


async def test_preview_of_nothing_says_what_is_wrong(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await ada.post(f"/threads/{thread_id}/posts", data={"text": " ", "do": "preview"})
    assert (answer.status_code, "needs some text" in answer.text) == (422, True)


async def test_draft_is_kept_listed_and_gone_once_it_is_posted(site: Site, ada: Browser, bob: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    form = Form((await ada.get(f"/threads/{thread_id}/reply")).text, action).fields
    kept = await ada.post(action, data={**form, "text": "I think", "do": "save"})
    assert "It is not posted yet." in kept.text
    assert "Reply to “The fair”" in (await ada.get("/drafts")).text
    assert "The fair" not in (await bob.get("/drafts")).text
    other_device = await site.browser_of(site.town.ada)
    again = Form((await other_device.get(f"/threads/{thread_id}/reply")).text, action).fields
    assert again["text"] == "I think"
    assert (await other_device.post(action, data=again)).status_code == 303
    assert "You have begun nothing" in (await ada.get("/drafts")).text


async def test_draft_of_two_devices_shows_the_one_that_gave_way(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    forms = [Form((await ada.get(f"/threads/{thread_id}/reply")).text, action).fields for _ in range(2)]
    await ada.post(action, data={**forms[0], "text": "from the phone", "do": "save"})
    answer = await ada.post(action, data={**forms[1], "text": "from the desk", "do": "save"})
    assert "Another draft" in answer.text
    assert "<pre>from the phone</pre>" in answer.text
    assert Form(answer.text, action).fields["text"] == "from the desk"


async def test_draft_is_discarded(site: Site, ada: Browser) -> None:
    action = f"/forums/{site.town.forum_id}/threads"
    await ada.post(action, data={"title": "A well", "text": "Where?", "do": "save"})
    page = await ada.get("/drafts")
    assert "A well" in page.text
    answer = await ada.post("/drafts/discard", data=Form(page.text, "/drafts/discard").fields)
    assert answer.status_code == 303
    assert "A well" not in (await ada.get("/drafts")).text


async def test_post_is_quoted_from_the_list_below_the_form(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    action = f"/threads/{outcome.thread['id']}/posts"
    answer = await ada.post(action, data={"text": "Well:", "do": f"quote:{outcome.post['id']}"})
    text = Form(answer.text, action).fields["text"]
    assert text == f"Well:\n\n> **ada** · [#1](/posts/{outcome.post['id']})\n>\n> Who comes?\n\n"


@pytest.mark.parametrize("what", ["edited", "removed"])
async def test_writer_is_told_what_happened_since_the_page_was_opened(
    site: Site, ada: Browser, bob: Browser, mona: Browser, what: str
) -> None:
    thread_id = (await site.thread()).thread["id"]
    quoted = (await site.post(thread_id, "I bring bread.", visitor=site.town.bob)).post
    action = f"/threads/{thread_id}/posts"
    form = Form((await ada.get(f"/threads/{thread_id}/reply?quote={quoted['id']}")).text, action).fields
    before = await ada.post(action, data={**form, "do": "preview"})
    assert "since you began" not in before.text
    await site.post(thread_id, "New here", visitor=site.town.mona)
    if what == "edited":
        form["since_ms"] = str(int(form["since_ms"]) - 1)
        await bob.post(f"/posts/{quoted['id']}/edit", data={"text": "I bring wine.", "version": "1"})
    else:
        await mona.post(f"/posts/{quoted['id']}/remove")
    after = await ada.post(action, data={**form, "do": "preview"})
    assert "1 post since you began writing" in after.text
    assert "New here" in after.text
    assert f"which you quote, was {'changed' if what == 'edited' else 'removed'} since you began" in after.text
