"""Changing posts with plain forms."""

from __future__ import annotations

from tests.server.web.site import Browser, Form, Site, texts_of


async def test_edit_changes_the_text(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/edit"
    form = Form((await ada.get(action)).text, action).fields
    assert form == {"version": str(outcome.post["version"]), "text": "Who comes?"}
    answer = await ada.post(action, data={**form, "text": "Who comes to the fair?"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/threads/{outcome.thread['id']}-the-fair#post-{outcome.post['id']}",
    )
    assert await texts_of(site, outcome.thread["id"]) == ["Who comes to the fair?"]


async def test_edit_of_a_changed_post_shows_both_texts_and_can_then_be_saved(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/edit"
    form = Form((await ada.get(action)).text, action).fields
    await ada.post(action, data={**form, "text": "From the other window"})
    answer = await ada.post(action, data={**form, "text": "From this window"})
    assert answer.status_code == 409
    assert "<p>From the other window</p>" in answer.text
    form = Form(answer.text, action).fields
    assert form["text"] == "From this window"
    assert (await ada.post(action, data=form)).status_code == 303
    assert await texts_of(site, outcome.thread["id"]) == ["From this window"]


async def test_edit_without_text_or_version_keeps_the_form(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/edit"
    for sent in ({"version": "1", "text": " "}, {"version": "x", "text": "Kept"}, {"text": "Kept"}):
        answer = await ada.post(action, data=sent)
        assert (answer.status_code, Form(answer.text, action).fields["text"]) == (422, sent["text"])


async def test_edit_is_the_authors_alone(site: Site, guest: Browser, bob: Browser, mona: Browser) -> None:
    action = f"/posts/{(await site.thread()).post['id']}/edit"
    assert [(await who.get(action)).status_code for who in (guest, bob, mona)] == [401, 403, 403]
    sent = {"version": "1", "text": "Not hers"}
    assert [(await who.post(action, data=sent)).status_code for who in (guest, bob, mona)] == [401, 403, 403]


async def test_edit_of_a_removed_post_is_gone_but_its_text_is_kept(site: Site, ada: Browser, mona: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/edit"
    form = Form((await ada.get(action)).text, action).fields
    await mona.post(f"/posts/{outcome.post['id']}/remove")
    assert (await ada.get(action)).status_code == 410
    answer = await ada.post(action, data={**form, "text": "Too late"})
    assert (answer.status_code, Form(answer.text, action).fields["text"]) == (410, "Too late")


async def test_removal_asks_then_leaves_a_line(site: Site, mona: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/remove"
    page = await mona.get(action)
    assert "Remove post #1?" in page.text
    assert Form(page.text, action).fields == {}
    answer = await mona.post(action)
    assert answer.status_code == 303
    assert "This post was removed." in (await mona.get(answer.headers["location"])).text
    assert (await mona.get(action)).status_code == 410
    assert await texts_of(site, outcome.thread["id"]) == [None]


async def test_removal_is_the_staffs_alone(site: Site, guest: Browser, ada: Browser) -> None:
    action = f"/posts/{(await site.thread()).post['id']}/remove"
    assert [(await who.get(action)).status_code for who in (guest, ada)] == [401, 403]
    assert [(await who.post(action)).status_code for who in (guest, ada)] == [401, 403]


async def test_edit_can_be_looked_at_before_and_its_draft_goes_with_it(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/edit"
    form = Form((await ada.get(action)).text, action).fields
    answer = await ada.post(action, data={**form, "text": "Who *comes*?", "do": "preview"})
    assert "Who <em>comes</em>?" in answer.text
    kept = Form((await ada.get(action)).text, action).fields
    assert (kept["text"], kept["version"]) == ("Who *comes*?", form["version"])
    assert (await ada.post(action, data=kept)).status_code == 303
    assert await texts_of(site, outcome.thread["id"]) == ["Who *comes*?"]
    assert set(Form((await ada.get(action)).text, action).fields) == {"version", "text"}


async def test_removed_post_is_restored_by_those_who_moderate(site: Site, ada: Browser, mona: Browser) -> None:
    outcome = await site.thread()
    action = f"/posts/{outcome.post['id']}/restore"
    assert (await mona.get(action)).status_code == 422
    await mona.post(f"/posts/{outcome.post['id']}/remove")
    assert [(await ada.get(action)).status_code, (await ada.post(action)).status_code] == [403, 403]
    assert "Who comes?" in (await mona.get(action)).text
    assert (await mona.post(action)).status_code == 303
    assert await texts_of(site, outcome.thread["id"]) == ["Who comes?"]
