from __future__ import annotations

import re

import pytest

from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site

DAY = "2025-10-09"
"""The day of the site's clock."""


async def found(browser: Browser, **query: str) -> list[str]:
    body = check_answer(await browser.get("/api/search", params=query))
    return sorted(item["post"]["text"] for item in body["posts"])


async def test_api_finds_posts_and_titles_with_the_words_marked(site: Site, guest: Browser) -> None:
    thread = (await site.thread("The old lamp", "Who has <oil>?")).thread
    outcome = await site.post(thread["id"], "I have a lamp & oil.", visitor=site.town.bob)
    body = check_answer(await guest.get("/api/search", params={"q": "LAMP"}))
    assert [item["title"] for item in body["threads"]] == ["The old lamp"]
    [item] = body["posts"]
    assert (item["post"], item["thread"]["id"]) == (outcome.post, thread["id"])
    assert [piece["text"] for piece in item["excerpt"]] == ["I have a ", "lamp", " & oil."]
    assert (body["total"], body["is_cut"], body["page"], body["page_count"]) == (1, False, 1, 1)
    assert await found(guest, q="oil", author="bob") == ["I have a lamp & oil."]
    assert await found(guest, q="oil", forum=str(site.town.staff_forum_id)) == []
    assert await found(guest, q="oil", **{"from": DAY, "until": DAY}) == ["I have a lamp & oil.", "Who has <oil>?"]
    assert await found(guest, q="oil", **{"from": "2025-10-10"}) == []
    assert len(await found(guest, q="oil", sort="newest")) == 2


@pytest.mark.parametrize(
    "query",
    [{}, {"q": " "}, {"q": "x", "page": "0"}, {"q": "x", "page": "26"}, {"q": "x", "forum": "y"}]
    + [{"q": "x", "from": day} for day in ("yesterday", "2026-13-01", "0001-01-01", "9999-12-31")],
)
async def test_question_that_cannot_be_is_refused(guest: Browser, query: dict[str, str]) -> None:
    answer = await guest.get("/api/search", params=query)
    assert (answer.status_code, answer.json()["name"]) == (422, "INVALID")


async def test_page_shows_what_was_found_and_escapes_it(site: Site, guest: Browser) -> None:
    thread = (await site.thread("A <b>lamp</b>", "<script>alert(1)</script> lamp")).thread
    page = await guest.get("/search", params={"q": "lamp"})
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>lamp</mark>" in page.text
    assert f'href="/threads/{thread["id"]}-' in page.text
    assert "<script>alert" not in page.text
    assert '<meta name="robots" content="noindex">' in page.text


async def test_page_without_words_is_the_form_alone(guest: Browser) -> None:
    page = await guest.get("/search")
    assert page.status_code == 200
    assert 'name="q"' in page.text
    assert "Nothing was found" not in page.text


async def test_page_keeps_what_was_typed_and_says_what_is_wrong(guest: Browser) -> None:
    page = await guest.get("/search", params={"q": '-"lamp', "author": '"><i>'})
    assert page.status_code == 422
    assert "Type a word or two to look for." in page.text
    assert 'value="-&#34;lamp"' in page.text
    assert "<i>" not in page.text
    assert "Nothing was found" in (await guest.get("/search", params={"q": "lamp"})).text


async def test_pages_of_a_search_keep_its_question(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread("The fair")).thread["id"]
    for _ in range(21):
        await site.post(thread_id, "A lamp.")
    page = await guest.get("/search", params={"q": "lamp", "author": "ada"})
    assert 'href="/search?q=lamp&amp;author=ada&amp;page=2"' in page.text
    assert len(re.findall("<mark>", page.text)) == 20
    second = await guest.get("/search", params={"q": "lamp", "author": "ada", "page": "2"})
    assert len(re.findall("<mark>", second.text)) == 1


async def test_form_offers_the_forums_that_may_be_read(guest: Browser, mona: Browser) -> None:
    assert ">Staff</option>" not in (await guest.get("/search")).text
    assert ">Staff</option>" in (await mona.get("/search")).text
