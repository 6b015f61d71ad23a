from __future__ import annotations

from tertulia_server.web.pacing import Pace
from tertulia_server.web.services import Services
from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site


async def test_preview_is_what_a_post_would_be(site: Site, ada: Browser, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    text = "*Hi* @bob <script>"
    preview = check_answer(await ada.post("/api/preview", json={"text": text}))
    posted = await site.post(thread_id, text)
    assert preview == {"html": posted.post["html"]}
    assert check_answer(await ada.post("/api/preview", json={"text": " "}))["name"] == "POST_EMPTY"
    assert check_answer(await guest.post("/api/preview", json={"text": "x"}))["name"] == "UNAUTHENTICATED"
    other = {"text": "x", "post_id": (await site.post(thread_id, "bob's", visitor=site.town.bob)).post["id"]}
    assert check_answer(await ada.post("/api/preview", json=other))["name"] == "FORBIDDEN"


async def test_names_are_suggested_to_members(site: Site, ada: Browser, guest: Browser, rob: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.post(thread_id, visitor=site.town.mona)
    mona, bob = ({"id": who.member_id, "name": who.name} for who in (site.town.mona, site.town.bob))
    assert check_answer(await ada.get(f"/api/names?start=&thread={thread_id}")) == {"members": [mona]}
    assert check_answer(await ada.get("/api/names?start=BO")) == {"members": [bob]}
    assert check_answer(await ada.get("/api/names?start=" + "x" * 99)) == {"members": []}
    assert check_answer(await ada.get("/api/names?start=a&thread=x"))["name"] == "INVALID"
    assert [(await who.get("/api/names?start=bo")).status_code for who in (guest, rob)] == [401, 403]


async def test_names_do_not_tell_who_writes_where_one_may_not_read(site: Site, ada: Browser) -> None:
    secret = await site.thread("Secret", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    assert check_answer(await ada.get(f"/api/names?start=&thread={secret.thread['id']}")) == {"members": []}


async def test_names_and_previews_have_a_limit_of_their_own(site: Site, ada: Browser, bob: Browser) -> None:
    services: Services = site.app.state.services
    services.paces.names = Pace(burst=1, per_s=0.001)
    services.paces.previews = Pace(burst=1, per_s=0.001)
    for ask in (lambda who: who.get("/api/names?start=bo"), lambda who: who.post("/api/preview", json={"text": "x"})):
        answers = [await ask(who) for who in (ada, ada, bob)]
        assert [answer.status_code for answer in answers] == [200, 429, 200]
        assert check_answer(answers[1])["retry_after_ms"] > 0


async def test_quote_is_for_those_who_may_read_the_post(site: Site, ada: Browser, guest: Browser) -> None:
    post_id = (await site.thread()).post["id"]
    quote = f"> **ada** · [#1](/posts/{post_id})\n>\n> Who comes?\n\n"
    assert check_answer(await guest.get(f"/api/posts/{post_id}/quote")) == {"markdown": quote}
    secret = await site.thread("Secret", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    assert (await ada.get(f"/api/posts/{secret.post['id']}/quote")).status_code == 404


async def test_versions_are_for_the_author_and_those_who_moderate(
    site: Site, ada: Browser, bob: Browser, mona: Browser
) -> None:
    post_id = (await site.thread()).post["id"]
    await ada.patch(f"/api/posts/{post_id}", json={"text": "Who?", "version": 1})
    path = f"/api/posts/{post_id}/versions"
    found = check_answer(await mona.get(path))
    assert [(one["version"], one["text"], one["by"]["name"]) for one in found["versions"]] == [
        (2, "Who?", "ada"),
        (1, "Who comes?", "ada"),
    ]
    assert found["before"] is None
    assert [one["version"] for one in check_answer(await ada.get(f"{path}?before=2"))["versions"]] == [1]
    assert check_answer(await bob.get(path))["name"] == "FORBIDDEN"


async def test_post_is_restored(site: Site, ada: Browser, mona: Browser) -> None:
    post_id = (await site.thread()).post["id"]
    await mona.delete(f"/api/posts/{post_id}")
    assert check_answer(await ada.post(f"/api/posts/{post_id}/restore"))["name"] == "FORBIDDEN"
    restored = check_answer(await mona.post(f"/api/posts/{post_id}/restore"))
    assert (restored["post"]["text"], restored["post"]["is_removed"]) == ("Who comes?", False)
