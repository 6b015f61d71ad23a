"""The pages that people read."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection, insert, update

from tertulia_server.actions.moderators import appoint_moderator
from tertulia_server.actions.posts import create_post, edit_post, remove_post
from tertulia_server.forum.models import Audience
from tertulia_server.store.forums import create_category, create_forum
from tertulia_server.store.schema import forums, members, posts, threads
from tertulia_server.web.services import Services
from tests.server.town import lock
from tests.server.web.site import Browser, Site

HOSTILE = '"><script>alert(1)</script><!--'


async def test_index_links_forums_and_their_last_threads(site: Site, guest: Browser) -> None:
    thread = (await site.thread("The <fair>")).thread
    html = (await guest.get("/")).text
    assert f'href="/forums/{site.town.forum_id}-town-talk"' in html
    assert f'href="/threads/{thread["id"]}-the-fair"' in html
    assert "The &lt;fair&gt;" in html
    assert "<b>1</b> thread<" in html


async def test_index_shows_each_visitor_what_they_may_read(
    guest: Browser, ada: Browser, rob: Browser, mona: Browser
) -> None:
    shown = [re.findall(r'href="/forums/\d+-([a-z-]+)"', (await who.get("/")).text) for who in (guest, rob, ada, mona)]
    assert shown == [["town-talk"], ["town-talk"], ["town-talk", "members"], ["town-talk", "staff", "members"]]


async def test_forum_lists_threads_with_their_pages(site: Site, guest: Browser) -> None:
    thread = (await site.thread()).thread
    await site.fill(thread["id"], 20)
    html = (await guest.get(f"/forums/{site.town.forum_id}-town-talk")).text
    assert f'href="/threads/{thread["id"]}-the-fair"' in html
    assert f'href="/threads/{thread["id"]}-the-fair/page-2"' in html
    assert "<b>20</b> replies" in html


async def test_forum_has_pages_and_a_form_for_members(site: Site, guest: Browser, ada: Browser) -> None:
    for number in range(21):
        await site.thread(f"Thread {number}")
    path = f"/forums/{site.town.forum_id}-town-talk"
    first, second = await guest.get(path), await guest.get(f"{path}/page-2")
    assert "Thread 20" in first.text
    assert "Thread 0<" in second.text
    assert f'href="{path}/page-2"' in first.text
    assert (await guest.get(f"{path}/page-3")).status_code == 404
    button = f'href="/forums/{site.town.forum_id}/new-thread"'
    assert button not in first.text
    assert button in (await ada.get(path)).text


async def test_thread_page_carries_all_that_its_script_needs(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    thread_id = outcome.thread["id"]
    html = (await ada.get(f"/threads/{thread_id}-the-fair")).text
    main = re.search(r'<main id="thread"[^>]*>', html)
    assert main is not None
    attributes = dict(re.findall(r'data-([a-z-]+)="([^"]*)"', main[0]))
    assert attributes == {
        "thread-id": str(thread_id),
        "thread-version": str(outcome.thread["version"]),
        "thread-slug": "the-fair",
        "moved-count": "0",
        "page": "1",
        "page-count": "1",
        "page-size": "20",
        "last-number": "1",
        "channel": f"thread:{thread_id}",
        "cursor": str(outcome.cursor),
        "site-cursor": f"{outcome.cursor.epoch}.0",
        "may-rate": "yes",
        "presence": "yes",
        "live-path": "/live",
        "member-id": str(site.town.ada.member_id),
        "may-post": "yes",
    }
    for part in (
        'id="posts"',
        'id="post-template"',
        'id="next-page"',
        'id="new-posts"',
        'id="live-state"',
        'id="reply"',
    ):
        assert part in html, part
    assert html.count("data-pages") == 2
    assert f'id="post-{outcome.post["id"]}"' in html


async def test_thread_page_of_a_guest_names_no_member_and_has_no_form(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    html = (await guest.get(f"/threads/{thread_id}-the-fair")).text
    assert "data-member-id" not in html
    assert 'id="reply"' not in html
    assert f'href="/sign-in?next=/threads/{thread_id}-the-fair"' in html


async def test_thread_page_shows_numbers_cards_and_who_began(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.fill(thread_id, 24)
    first, second = [(await guest.get(f"/threads/{thread_id}-the-fair{page}")).text for page in ("", "/page-2")]
    assert [re.findall(r'data-number="(\d+)"', page) for page in (first, second)] == [
        [str(number) for number in range(1, 21)],
        [str(number) for number in range(21, 26)],
    ]
    assert re.search(r"Discussion in <a [^>]*>Town talk</a> started by <b>ada</b>, <time [^>]*>Oct 9, 2025", first)
    assert '<span title="Messages" data-slot="messages">25</span>' in first
    assert f'href="/threads/{thread_id}-the-fair/page-2"' in first


@pytest.mark.parametrize(
    "given", ["/threads/{}", "/threads/{}-", "/threads/{}-wrong", "/threads/{}-the-fair/page-1", "/threads/{}/page-1"]
)
async def test_address_that_is_not_the_right_one_leads_there(site: Site, guest: Browser, given: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await guest.get(given.format(thread_id), params={"a": "1"})
    assert (answer.status_code, answer.headers["location"]) == (301, f"/threads/{thread_id}-the-fair?a=1")


async def test_forum_by_another_name_leads_to_the_right_one(site: Site, guest: Browser) -> None:
    answer = await guest.get(f"/forums/{site.town.forum_id}-old-name")
    assert (answer.status_code, answer.headers["location"]) == (301, f"/forums/{site.town.forum_id}-town-talk")


@pytest.mark.parametrize("page", ["page-0", "page-3", "page-x", "page-", "page--1", "page-01", "page-" + "9" * 30])
async def test_page_that_is_not_there_is_not_found(site: Site, guest: Browser, page: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.fill(thread_id, 20)
    assert (await guest.get(f"/threads/{thread_id}-the-fair/{page}")).status_code == 404


async def test_title_that_is_not_for_the_visitor_is_not_told_by_a_redirect(site: Site, guest: Browser) -> None:
    secret = await site.thread("Secret plan", visitor=site.town.mona, forum_id=site.town.staff_forum_id)
    for path in (
        f"/threads/{secret.thread['id']}",
        f"/posts/{secret.post['id']}",
        f"/forums/{site.town.staff_forum_id}",
    ):
        answer = await guest.get(path)
        assert answer.status_code == 404
        assert "ecret" not in answer.text + str(answer.headers)


async def test_permalink_leads_to_the_page_of_its_post(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.fill(thread_id, 19)
    post = (await site.post(thread_id)).post
    answer = await guest.get(f"/posts/{post['id']}")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"/threads/{thread_id}-the-fair/page-2#post-{post['id']}",
    )


async def test_removed_post_leaves_its_line_at_its_permalink(site: Site, guest: Browser, mona: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    post = (await site.post(thread_id, "Shameful words")).post
    await mona.delete(f"/api/posts/{post['id']}")
    answer = await guest.get(f"/posts/{post['id']}", follow_redirects=True)
    assert "This post was removed." in answer.text
    assert f'id="post-{post["id"]}"' in answer.text
    assert "Shameful" not in answer.text


async def test_tools_are_for_those_who_may(
    site: Site, ada: Browser, bob: Browser, mona: Browser, guest: Browser
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    tools = [re.findall(r'data-tool="(\w+)"', (await who.get(path)).text) for who in (guest, bob, ada, mona)]
    quotes = ["multiquote", "quote"]
    assert tools == [[], ["report", *quotes], ["edit", *quotes], ["remove", "report", *quotes]]


async def test_locked_thread_says_so_and_has_no_form_but_for_staff(site: Site, ada: Browser, mona: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.store.write(lock, thread_id)
    path = f"/threads/{thread_id}-the-fair"
    html = (await ada.get(path)).text
    assert "This thread is locked." in html
    assert 'id="reply"' not in html
    assert 'id="reply"' in (await mona.get(path)).text


async def test_banned_member_is_told_why_there_is_no_form(site: Site, rob: Browser) -> None:
    html = (await rob.get(f"/threads/{(await site.thread()).thread['id']}-the-fair")).text
    assert "This account is banned." in html


def make_hostile_place(conn: Connection) -> tuple[int, int]:
    """As an import or an older release might have left it: nothing here has passed our checks."""
    category_id = create_category(conn, HOSTILE)
    forum_id = create_forum(conn, category_id, HOSTILE, description=HOSTILE, audience=Audience.PUBLIC)
    values = {"name": HOSTILE, "name_key": "hostile", "rank": HOSTILE, "is_imported": True}
    member_id = conn.execute(insert(members).values(values).returning(members.c.id)).scalar_one()
    thread = {"forum_id": forum_id, "title": HOSTILE, "slug": "x", "starter_id": member_id, "last_number": 1}
    thread_id = conn.execute(insert(threads).values(thread).returning(threads.c.id)).scalar_one()
    post = {"thread_id": thread_id, "number": 1, "author_id": member_id, "text": HOSTILE, "html": "<p>fine</p>"}
    post_id = conn.execute(insert(posts).values(post).returning(posts.c.id)).scalar_one()
    conn.execute(update(threads).where(threads.c.id == thread_id).values(last_post_id=post_id, post_count=1))
    return forum_id, thread_id


async def test_hostile_names_and_titles_are_only_text(site: Site, mona: Browser) -> None:
    forum_id, thread_id = await site.store.write(make_hostile_place)
    await appoint_moderator(site.actions, None, "mona", forum_id)
    for path in ("/", f"/forums/{forum_id}", f"/threads/{thread_id}", "/posts/1/remove"):
        answer = await mona.get(path, follow_redirects=True)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text


async def test_undated_post_of_an_import_shows_no_time(site: Site, guest: Browser) -> None:
    _, thread_id = await site.store.write(make_hostile_place)
    html = (await guest.get(f"/threads/{thread_id}-x")).text
    assert '<span class="post-time" data-slot="time"></span>' in html


async def test_page_that_has_not_changed_is_not_sent_again(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/threads/{thread_id}-the-fair"
    tag = (await guest.get(path)).headers["etag"]
    again = await guest.get(path, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.text, again.headers["etag"]) == (304, "", tag)
    await site.post(thread_id)
    assert (await guest.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_page_kept_in_memory_is_never_older_than_the_store(site: Site, guest: Browser) -> None:
    """Everything on it: posts, their texts, their authors' cards, which change in other threads too."""
    outcome = await site.thread()
    path = f"/threads/{outcome.thread['id']}-the-fair"
    for _ in range(2):
        assert '<span title="Messages" data-slot="messages">1</span>' in (await guest.get(path)).text
    await site.thread("Elsewhere")
    assert '<span title="Messages" data-slot="messages">2</span>' in (await guest.get(path)).text
    await edit_post(site.actions, site.town.ada, outcome.post["id"], "Other words", version=1)
    assert "Other words" in (await guest.get(path)).text
    await remove_post(site.actions, site.town.mona, outcome.post["id"])
    html = (await guest.get(path)).text
    assert "Other words" not in html
    assert "This post was removed." in html


async def test_page_holds_what_another_worker_has_acknowledged(site: Site, guest: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    assert (await guest.get(path)).text.count("<article") == 2
    other = Services(site.app.state.services.settings, site.store, site.actions, site.broker)
    outcome = await create_post(other.actions, site.town.bob, 1, "From elsewhere", key="other-worker-key")
    html = (await guest.get(path)).text
    assert "From elsewhere" in html
    assert f'data-cursor="{outcome.cursor}"' in html


async def test_page_of_guests_and_of_members_are_kept_apart(
    site: Site, guest: Browser, ada: Browser, mona: Browser
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    pages = {}
    for _ in range(2):
        for name, who in (("ada", ada), ("guest", guest), ("mona", mona)):
            pages[name] = await who.get(path)
    tools = [re.findall(r'data-tool="(edit|remove)"', page.text) for page in pages.values()]
    assert tools == [["edit"], [], ["remove"]]
    assert len({page.headers["etag"] for page in pages.values()}) == 3
    assert ['id="reply"' in page.text for page in pages.values()] == [True, False, True]
    for who, page in ((ada, pages["guest"]), (guest, pages["ada"])):
        assert (await who.get(path, headers={"if-none-match": page.headers["etag"]})).status_code == 200


async def test_member_keeps_a_copy_until_its_key_may_have_been_used(site: Site, ada: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    first = await ada.get(path)
    tag = {"if-none-match": first.headers["etag"]}
    assert (await ada.get(path, headers=tag)).status_code == 304
    [key] = re.findall(r'name="key" value="([^"]+)"', first.text)
    sent = {"text": "Used now", "key": key}
    assert (await ada.post(path.replace("-the-fair", "/posts"), data=sent)).status_code == 303
    again = await ada.get(path, headers=tag)
    assert again.status_code == 200
    assert key not in again.text


async def test_guests_of_an_address_with_a_query_are_led_back_there(site: Site, guest: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    plain, asked = [(await guest.get(address)) for address in (path, f"{path}?a=1")]
    assert "next=/threads/1-the-fair%3Fa%3D1" in asked.text
    assert "%3Fa" not in plain.text
    assert plain.headers["etag"] != asked.headers["etag"]


async def test_page_kept_for_all_is_for_none_who_may_not_read_it_any_more(site: Site, guest: Browser) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    tag = (await guest.get(path)).headers["etag"]

    def close(conn: Connection) -> None:
        conn.execute(update(forums).values(audience="staff"))

    await site.store.write(close)
    assert (await guest.get(path)).status_code == 404
    assert (await guest.get(path, headers={"if-none-match": tag})).status_code == 404


async def test_page_is_compressed_for_guests_who_come_again_and_never_for_members(
    site: Site, guest: Browser, ada: Browser
) -> None:
    path = f"/threads/{(await site.thread()).thread['id']}-the-fair"
    gzip = {"accept-encoding": "gzip"}
    plain = await guest.get(path, headers={"accept-encoding": "identity"})
    packed = [await guest.get(path, headers=gzip) for _ in range(2)]
    assert [page.headers.get("content-encoding") for page in (plain, *packed)] == [None, "gzip", "gzip"]
    assert {page.text for page in packed} == {plain.text}
    assert {page.headers["vary"] for page in (plain, *packed)} == {"Accept-Encoding, Accept-Language, Cookie"}
    assert {page.headers["etag"] for page in (plain, *packed)} == {plain.headers["etag"]}
    for _ in range(2):
        assert "content-encoding" not in (await ada.get(path, headers=gzip)).headers
