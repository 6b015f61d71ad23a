from __future__ import annotations

import json

import pytest

from tertulia_wire.limits import MAX_POST_CHARS
from tests.server.town import lock
from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site

KEY = {"Idempotency-Key": "key-of-this-test"}


async def test_post_is_created_once_per_key(site: Site, guest: Browser, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    first = await ada.post(f"/api/threads/{thread_id}/posts", json={"text": "*Hi*"}, headers=KEY)
    second = await ada.post(f"/api/threads/{thread_id}/posts", json={"text": "Other"}, headers=KEY)
    created, repeated = check_answer(first), check_answer(second)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (created["replayed"], repeated["replayed"]) == (False, True)
    assert repeated["post"] == created["post"]
    assert created["post"]["html"].strip() == "<p><em>Hi</em></p>"
    assert first.headers["location"] == f"/api/posts/{created['post']['id']}"
    assert check_answer(await guest.get(f"/api/threads/{thread_id}/posts"))["cursor"] == created["cursor"]


async def test_thread_is_created_once_per_key(site: Site, ada: Browser) -> None:
    path = f"/api/forums/{site.town.forum_id}/threads"
    body = {"title": "  A   new well ", "text": "Where?"}
    answers = [await ada.post(path, json=body, headers=KEY) for _ in range(2)]
    created, repeated = [check_answer(answer) for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert created["thread"]["title"] == "A new well"
    assert repeated["thread"]["id"] == created["thread"]["id"]


async def test_token_writes_without_origin(site: Site) -> None:
    thread_id = (await site.thread()).thread["id"]
    token = await site.api_token(site.town.bob)
    browser = site.browser(authorization=f"Bearer {token}", origin="https://elsewhere.test")
    answer = await browser.post(f"/api/threads/{thread_id}/posts", json={"text": "Hi"}, headers=KEY)
    assert check_answer(answer)["post"]["author"]["name"] == "bob"


async def test_post_is_edited_under_its_version_only(site: Site, ada: Browser) -> None:
    outcome = await site.thread()
    path = f"/api/posts/{outcome.post['id']}"
    edited = check_answer(await ada.patch(path, json={"text": "Changed", "version": outcome.post["version"]}))
    stale = await ada.patch(path, json={"text": "Again", "version": outcome.post["version"]})
    assert edited["post"]["text"] == "Changed"
    assert edited["post"]["version"] > outcome.post["version"]
    assert (stale.status_code, check_answer(stale)["name"]) == (409, "STALE_VERSION")


async def test_post_is_removed_by_staff_and_stays_so(site: Site, ada: Browser, mona: Browser) -> None:
    outcome = await site.thread()
    path = f"/api/posts/{outcome.post['id']}"
    forbidden = await ada.delete(path)
    removed = check_answer(await mona.delete(path))
    again = check_answer(await mona.delete(path))
    late = await ada.patch(path, json={"text": "x", "version": removed["post"]["version"]})
    assert (forbidden.status_code, check_answer(forbidden)["name"]) == (403, "FORBIDDEN")
    assert removed["post"]["is_removed"]
    assert removed["post"]["text"] is None
    assert again["post"] == removed["post"]
    assert (late.status_code, check_answer(late)["name"]) == (410, "POST_REMOVED")


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
async def test_post_without_a_usable_key_is_refused(site: Site, ada: Browser, key: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await ada.post(
        f"/api/threads/{thread_id}/posts", json={"text": "Hi"}, headers={"Idempotency-Key": key} if key else {}
    )
    assert (answer.status_code, check_answer(answer)["name"]) == (400, "KEY_MISSING")


@pytest.mark.parametrize(
    ("content", "media_type", "status", "name"),
    [
        (b'{"text": ""}', "application/json", 422, "POST_EMPTY"),
        (b'{"text": "\\u200b\\n"}', "application/json", 422, "POST_EMPTY"),
        (json.dumps({"text": "x" * (MAX_POST_CHARS + 1)}).encode(), "application/json", 422, "POST_TOO_LONG"),
        (b"{}", "application/json", 422, "INVALID"),
        (b'{"text": 5}', "application/json", 422, "INVALID"),
        (b"{", "application/json", 400, "MALFORMED"),
        (b'{"text": "Hi"}', "text/plain", 415, "UNSUPPORTED_MEDIA"),
        (b"text=Hi", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA"),
        (b'{"text": "' + b"x" * 600_000 + b'"}', "application/json", 413, "TOO_LARGE"),
    ],
)
async def test_post_that_is_wrong_changes_nothing(
    site: Site, ada: Browser, content: bytes, media_type: str, status: int, name: str
) -> None:
    thread_id = (await site.thread()).thread["id"]
    answer = await ada.post(
        f"/api/threads/{thread_id}/posts", content=content, headers={**KEY, "content-type": media_type}
    )
    assert (answer.status_code, check_answer(answer)["name"]) == (status, name)
    assert check_answer(await ada.get(f"/api/threads/{thread_id}"))["thread"]["post_count"] == 1


async def test_longest_post_in_the_widest_writing_is_taken(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    body = json.dumps({"text": "\N{OLD ITALIC LETTER A}" * MAX_POST_CHARS}).encode()
    answer = await ada.post(
        f"/api/threads/{thread_id}/posts", content=body, headers={**KEY, "content-type": "application/json"}
    )
    assert answer.status_code == 201


async def test_title_that_is_wrong_is_refused(site: Site, ada: Browser) -> None:
    for title in ("", " ", "x" * 201):
        answer = await ada.post(
            f"/api/forums/{site.town.forum_id}/threads", json={"title": title, "text": "Hi"}, headers=KEY
        )
        assert (answer.status_code, check_answer(answer)["name"]) == (422, "TITLE_INVALID")


async def test_those_who_may_not_write_are_told_why(site: Site, guest: Browser, rob: Browser, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    path = f"/api/threads/{thread_id}/posts"
    answers = [await who.post(path, json={"text": "Hi"}, headers=KEY) for who in (guest, rob)]
    answers.append(await ada.post(path, json={"text": "Hi"}, headers={**KEY, "origin": "https://evil.test"}))
    await site.store.write(lock, thread_id)
    answers.append(await ada.post(path, json={"text": "Hi"}, headers=KEY))
    answers.append(await ada.post("/api/threads/99/posts", json={"text": "Hi"}, headers=KEY))
    assert [(answer.status_code, check_answer(answer)["name"]) for answer in answers] == [
        (401, "UNAUTHENTICATED"),
        (403, "BANNED"),
        (403, "ORIGIN_REFUSED"),
        (403, "THREAD_LOCKED"),
        (404, "NOT_FOUND"),
    ]


async def test_nobody_edits_anothers_post(site: Site, bob: Browser, mona: Browser, guest: Browser) -> None:
    path = f"/api/posts/{(await site.thread()).post['id']}"
    answers = [await who.patch(path, json={"text": "x", "version": 1}) for who in (bob, mona, guest)]
    assert [check_answer(answer)["name"] for answer in answers] == ["FORBIDDEN", "FORBIDDEN", "UNAUTHENTICATED"]


async def test_rating_is_answered_with_the_post_and_shown_to_its_giver_alone(
    site: Site, ada: Browser, bob: Browser, guest: Browser
) -> None:
    outcome = await site.thread()
    path = f"/api/posts/{outcome.post['id']}/rating"
    answer = await bob.put(path, json={"mark": "negative"})
    body = check_answer(answer)
    assert (answer.status_code, body["mark"], body["post"]["negative"]) == (200, "negative", 1)
    assert body["post"]["author"]["negative"] == 1
    for who, marks in ((bob, {str(outcome.post["id"]): "negative"}), (ada, {}), (guest, {})):
        page = check_answer(await who.get(f"/api/threads/{outcome.thread['id']}/posts"))
        assert (page["marks"], page["posts"][0]["negative"]) == (marks, 1)
    refused = [await ada.put(path, json={"mark": "positive"}), await bob.put(path, json={"mark": "fine"})]
    assert [check_answer(answer)["name"] for answer in refused] == ["FORBIDDEN", "INVALID"]
