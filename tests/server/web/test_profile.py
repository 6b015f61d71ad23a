"""The page of a member."""

from __future__ import annotations

import pytest

from tertulia_server.store.moderators import set_administrator
from tertulia_server.web.profile import EXCERPT_CHARS, excerpt
from tests.server.web.site import Browser, Form, Site


async def test_profile_shows_card_and_posts_and_is_linked_from_them(site: Site, guest: Browser) -> None:
    thread = (await site.thread("The fair", "Who *comes*?")).thread
    ada = site.town.ada.member_id
    page = (await guest.get(f"/threads/{thread['id']}-{thread['slug']}")).text
    assert f'<a class="card-name" data-slot="name" href="/members/{ada}">ada</a>' in page
    moved = await guest.get(f"/members/{ada}")
    assert (moved.status_code, moved.headers["location"]) == (301, f"/members/{ada}-ada")
    answer = await guest.get(f"/members/{ada}-ada")
    assert answer.status_code == 200
    for words in ("The fair", "Who comes?", "NEW MEMBER", 'data-slot="messages">1</dd>', "Town talk"):
        assert words in answer.text


async def test_profile_hides_what_its_reader_may_not_read(
    site: Site, guest: Browser, ada: Browser, mona: Browser
) -> None:
    await site.thread("Behind the curtain", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    path = f"/members/{site.town.mona.member_id}-mona"
    seen = ["Behind the curtain" in (await browser.get(path)).text for browser in (guest, ada, mona)]
    assert seen == [False, False, True]
    for browser, count in ((guest, 0), (ada, 0), (mona, 1)):
        assert len((await browser.get(f"/api{path}".partition("-")[0])).json()["posts"]) == count


async def test_profile_leads_those_who_may_ban_there(site: Site, ada: Browser, mona: Browser) -> None:
    path = f"/members/{site.town.ada.member_id}-ada"
    link = f'href="/members/{site.town.ada.member_id}/ban?next={path}"'
    assert [link in (await browser.get(path)).text for browser in (ada, mona)] == [False, True]
    action = f"/members/{site.town.ada.member_id}/ban"
    form = Form((await mona.get(f"{action}?next={path}")).text, action)
    assert form.fields["next"] == path


async def test_profile_goes_on_to_earlier_posts(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.fill(thread_id, 21)
    path = f"/members/{site.town.ada.member_id}-ada"
    first = (await guest.get(path)).text
    assert "filling 20" in first
    older = first.partition(f'href="{path}?before=')[2].partition('"')[0]
    second = (await guest.get(f"{path}?before={older}")).text
    assert "filling 0" in second
    assert "filling 20" not in second
    assert (await guest.get(f"{path}?before=x")).status_code == 422


@pytest.mark.parametrize("path", ["/members/99", "/members/x", "/members/0"])
async def test_profile_of_nobody_is_not_found(guest: Browser, path: str) -> None:
    assert (await guest.get(path)).status_code == 404


async def test_rank_is_set_on_the_page_by_an_administrator(site: Site, ada: Browser, mona: Browser) -> None:
    path = f"/members/{site.town.bob.member_id}"
    assert (await ada.post(f"{path}/rank", data={"rank": "Chief"})).status_code == 403
    assert (await mona.post(f"{path}/rank", data={"rank": "Chief"})).status_code == 403
    await site.store.write(set_administrator, site.town.mona.member_id or 0, is_one=True)
    assert (await mona.post(f"{path}/rank", data={"rank": "<i>Chief</i>"})).status_code == 303
    html = (await ada.get(f"{path}-bob")).text
    assert "&lt;i&gt;Chief&lt;/i&gt;" in html
    assert "/rank" not in html
    assert f'action="{path}/rank"' in (await mona.get(f"{path}-bob")).text


def test_excerpt_is_cut_between_words() -> None:
    assert excerpt(" one\n two ") == "one two"
    cut = excerpt("word " * 100)
    assert cut.endswith("word …")
    assert len(cut) <= EXCERPT_CHARS + 2
    assert len(excerpt("x" * 1_000)) == EXCERPT_CHARS + 2
