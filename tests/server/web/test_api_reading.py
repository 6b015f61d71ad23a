from __future__ import annotations

import pytest

from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site


async def test_forums_are_those_that_the_visitor_may_read(site: Site, guest: Browser, mona: Browser) -> None:
    thread = (await site.thread()).thread
    body = check_answer(await guest.get("/api/forums"))
    assert [(item["forum"]["name"], item["last_thread"]) for item in body["forums"]] == [("Town talk", thread)]
    assert len(check_answer(await mona.get("/api/forums"))["forums"]) == 3


async def test_forum_gives_a_page_of_threads_with_a_cursor(site: Site, guest: Browser) -> None:
    for number in range(20):
        await site.thread(f"Thread {number}")
    outcome = await site.thread("Thread 20")
    body = check_answer(await guest.get(f"/api/forums/{site.town.forum_id}", params={"page": 2}))
    assert [thread["title"] for thread in body["threads"]] == ["Thread 0"]
    assert (body["page"], body["page_count"], body["forum"]["thread_count"]) == (2, 2, 21)
    assert body["cursor"] == [outcome.cursor.epoch, 42]


async def test_thread_gives_posts_and_the_cursor_of_the_same_moment(site: Site, guest: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await site.fill(thread_id, 20)
    outcome = await site.post(thread_id)
    thread = check_answer(await guest.get(f"/api/threads/{thread_id}"))
    body = check_answer(await guest.get(f"/api/threads/{thread_id}/posts?page=2"))
    assert thread["thread"] == body["thread"] == outcome.thread
    assert thread["cursor"] == body["cursor"] == list(outcome.cursor)
    assert body["posts"][-1] == outcome.post
    assert [post["number"] for post in body["posts"]] == [21, 22]


async def test_post_is_read_with_its_place(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    body = check_answer(await guest.get(f"/api/posts/{outcome.post['id']}"))
    assert body == {"post": outcome.post, "thread": outcome.thread, "page": 1}


async def test_removed_post_is_read_without_its_text(site: Site, guest: Browser, mona: Browser) -> None:
    post_id = (await site.thread(text="Shameful")).post["id"]
    await mona.delete(f"/api/posts/{post_id}")
    post = check_answer(await guest.get(f"/api/posts/{post_id}"))["post"]
    assert (post["is_removed"], post["text"], post["html"]) == (True, None, None)


async def test_me_is_who_one_is(guest: Browser, ada: Browser, rob: Browser) -> None:
    nobody = {"member": None, "role": "guest", "is_banned": False, "ban": None}
    assert check_answer(await guest.get("/api/me")) == nobody
    body = check_answer(await ada.get("/api/me"))
    assert (body["member"]["name"], body["role"], body["is_banned"]) == ("ada", "member", False)
    body = check_answer(await rob.get("/api/me"))
    assert (body["is_banned"], body["ban"]) == (True, {"reason": "", "until_ms": None})


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/api/forums/99", 404, "NOT_FOUND"),
        ("/api/forums/1-town", 404, "NOT_FOUND"),
        ("/api/forums/1?page=2", 404, "NOT_FOUND"),
        ("/api/forums/1?page=x", 422, "INVALID"),
        ("/api/forums/1?page=0", 422, "INVALID"),
        ("/api/forums/1?page=", 422, "INVALID"),
        ("/api/threads/99", 404, "NOT_FOUND"),
        ("/api/threads/99/posts", 404, "NOT_FOUND"),
        ("/api/threads/1/posts?page=-1", 422, "INVALID"),
        ("/api/posts/99", 404, "NOT_FOUND"),
        ("/api/posts/" + "9" * 40, 404, "NOT_FOUND"),
    ],
)
async def test_what_is_not_there_is_refused(guest: Browser, path: str, status: int, name: str) -> None:
    answer = await guest.get(path)
    assert (answer.status_code, check_answer(answer)["name"]) == (status, name)


async def test_what_is_not_for_the_visitor_is_refused_alike_everywhere(
    site: Site, guest: Browser, ada: Browser
) -> None:
    town = site.town
    secret = await site.thread("Secret", visitor=town.mona, forum_id=town.staff_forum_id)
    inner = await site.thread("Inner", visitor=town.ada, forum_id=town.members_forum_id)
    for forum_id, outcome, who, status in (
        (town.staff_forum_id, secret, ada, 404),
        (town.members_forum_id, inner, guest, 401),
    ):
        for path in (
            f"forums/{forum_id}",
            f"threads/{outcome.thread['id']}",
            f"threads/{outcome.thread['id']}/posts",
            f"posts/{outcome.post['id']}",
        ):
            answer = await who.get(f"/api/{path}")
            check_answer(answer)
            assert (answer.status_code, "title" in str(answer.json().get("thread"))) == (status, False)
