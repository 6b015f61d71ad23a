"""Writing with plain forms, as a browser without a script does."""

from __future__ import annotations

import pytest

from tertulia_server.web.keys import new_key
from tests.server.town import lock
from tests.server.web.site import Browser, Form, Site, texts_of


async def test_reply_is_posted_and_leads_to_itself(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    form = Form((await ada.get(f"/threads/{thread_id}-the-fair")).text, f"/threads/{thread_id}/posts").fields
    answer = await ada.post(f"/threads/{thread_id}/posts", data={**form, "text": "I *do*.\r\nReally."})
    page = await ada.get(answer.headers["location"])
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/threads/{thread_id}-the-fair#post-")
    assert "<em>do</em>" in page.text
    assert await texts_of(site, thread_id) == ["Who comes?", "I *do*.\nReally."]


async def test_reply_sent_twice_is_posted_once(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    form = {"key": new_key(), "text": "I do."}
    answers = [await ada.post(f"/threads/{thread_id}/posts", data=form) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await texts_of(site, thread_id) == ["Who comes?", "I do."]


async def test_reply_with_another_text_in_a_used_form_is_kept_and_can_be_posted(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    key = new_key()
    await ada.post(action, data={"key": key, "text": "First."})
    answer = await ada.post(action, data={"key": key, "text": "Second."})
    assert answer.status_code == 422
    assert "not posted yet" in answer.text
    form = Form(answer.text, action).fields
    assert form["text"] == "Second."
    assert form["key"] != key
    assert (await ada.post(action, data=form)).status_code == 303
    assert await texts_of(site, thread_id) == ["Who comes?", "First.", "Second."]


@pytest.mark.parametrize(
    ("text", "words"), [(" \n", "needs some text"), ("x" * 20_001, "20,001 characters"), ("", "needs some text")]
)
async def test_reply_that_cannot_be_taken_comes_back_whole(site: Site, ada: Browser, text: str, words: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    sent = {"key": new_key(), "text": text}
    answer = await ada.post(action, data=sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert Form(answer.text, action).fields == sent
    assert await texts_of(site, thread_id) == ["Who comes?"]


@pytest.mark.parametrize("text", ["\n\nindented\n    code", "</textarea><script>alert(1)</script>", "a & b &amp; c"])
async def test_text_comes_back_as_it_was_typed(site: Site, guest: Browser, text: str) -> None:
    action = f"/threads/{(await site.thread()).thread['id']}/posts"
    answer = await guest.post(action, data={"key": new_key(), "text": text})
    assert "<script>" not in answer.text
    assert Form(answer.text, action).fields["text"] == text


async def test_reply_after_the_sign_in_ended_keeps_the_text_and_can_be_sent_again(
    site: Site, guest: Browser, ada: Browser
) -> None:
    thread_id = (await site.thread()).thread["id"]
    action = f"/threads/{thread_id}/posts"
    answer = await guest.post(action, data={"key": new_key(), "text": "Long thoughts"})
    form = Form(answer.text, action).fields
    assert answer.status_code == 401
    assert 'href="/sign-in" target="_blank"' in answer.text
    assert form["text"] == "Long thoughts"
    assert (await ada.post(action, data=form)).status_code == 303


async def test_reply_to_a_locked_or_missing_thread_keeps_the_text(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.store.write(lock, thread_id)
    for action, status in ((f"/threads/{thread_id}/posts", 403), ("/threads/99/posts", 404)):
        answer = await ada.post(action, data={"key": new_key(), "text": "Long thoughts"})
        assert (answer.status_code, Form(answer.text, action).fields["text"]) == (status, "Long thoughts")


async def test_reply_from_another_site_is_refused(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await ada.post(
        f"/threads/{thread_id}/posts",
        data={"key": new_key(), "text": "Not mine"},
        headers={"origin": "https://evil.test"},
    )
    assert answer.status_code == 403
    assert await texts_of(site, thread_id) == ["Who comes?"]


async def test_reply_too_large_for_any_post_is_refused_unread(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await ada.post(f"/threads/{thread_id}/posts", data={"text": "x" * 600_000})
    assert answer.status_code == 413


async def test_thread_is_started_from_its_forum(site: Site, ada: Browser) -> None:
    action = f"/forums/{site.town.forum_id}/threads"
    form = Form((await ada.get(f"/forums/{site.town.forum_id}/new-thread")).text, action).fields
    answer = await ada.post(action, data={**form, "title": "A new well", "text": "Where?"})
    assert answer.status_code == 303
    page = await ada.get(answer.headers["location"])
    assert "A new well" in page.text
    again = await ada.post(action, data={**form, "title": "A new well", "text": "Where?"})
    assert again.headers["location"] == answer.headers["location"]


async def test_thread_that_cannot_be_taken_comes_back_whole(site: Site, ada: Browser) -> None:
    action = f"/forums/{site.town.forum_id}/threads"
    for sent in ({"title": " ", "text": "Where?"}, {"title": '"A" <well>', "text": ""}):
        form = {"key": new_key(), **sent}
        answer = await ada.post(action, data=form)
        assert (answer.status_code, Form(answer.text, action).fields) == (422, form)


async def test_thread_with_another_text_in_a_used_form_is_kept(site: Site, ada: Browser) -> None:
    action = f"/forums/{site.town.forum_id}/threads"
    key = new_key()
    await ada.post(action, data={"key": key, "title": "One", "text": "First."})
    answer = await ada.post(action, data={"key": key, "title": "Two", "text": "Second."})
    form = Form(answer.text, action).fields
    assert (answer.status_code, form["title"], form["text"]) == (422, "Two", "Second.")
    assert (await ada.post(action, data=form)).status_code == 303


async def test_rating_is_given_and_taken_back_by_the_buttons_under_the_post(
    site: Site, ada: Browser, bob: Browser, guest: Browser
) -> None:
    outcome = await site.thread()
    post_id, path = outcome.post["id"], f"/threads/{outcome.thread['id']}-the-fair"
    answer = await bob.post(f"/posts/{post_id}/rate", data={"mark": "positive"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#post-{post_id}")
    rated = (await bob.get(path)).text
    assert 'data-mark="positive" type="submit" name="mark" value="none" aria-pressed="true"' in rated
    assert 'data-mark="negative" type="submit" name="mark" value="negative" aria-pressed="false"' in rated
    for other in (ada, guest):
        shown = (await other.get(path)).text
        assert 'title="Positive ratings">+1</span>' in shown
        assert "/rate" not in shown
    await bob.post(f"/posts/{post_id}/rate", data={"mark": "none"})
    assert 'aria-pressed="true"' not in (await bob.get(path)).text


async def test_rating_that_cannot_be_is_refused(site: Site, ada: Browser, bob: Browser, guest: Browser) -> None:
    path = f"/posts/{(await site.thread()).post['id']}/rate"
    answers = [
        await ada.post(path, data={"mark": "positive"}),
        await bob.post(path, data={"mark": "splendid"}),
        await guest.post(path, data={"mark": "positive"}),
        await bob.post(path, data={"mark": "positive"}, headers={"origin": "https://evil.test"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 422, 401, 403]
