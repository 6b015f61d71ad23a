"""The log over HTTP: what a tab that was asleep fills itself with."""

from __future__ import annotations

import pytest

from tertulia_server.store.log import renew_epoch
from tertulia_wire.limits import LOG_BLOCK_EVENTS
from tests.server.web.contract import check_answer
from tests.server.web.site import Browser, Site


async def test_log_gives_what_came_after_the_cursor(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    thread_id = outcome.thread["id"]
    posted = await site.post(thread_id, "News")
    channel = f"thread:{thread_id}"
    body = check_answer(await guest.get("/api/log", params={"channel": channel, "after": str(outcome.cursor)}))
    assert [(event[0], event[1], event[2]) for event in body["events"]] == [
        (channel, posted.cursor.seq, "post.created")
    ]
    assert body["events"][0][3]["post"] == posted.post
    assert (body["cursor"], body["head"]) == (list(posted.cursor), posted.cursor.seq)


async def test_log_read_in_blocks_reaches_the_head_without_hole_or_double(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    thread_id = outcome.thread["id"]
    await site.fill(thread_id, LOG_BLOCK_EVENTS + 5)
    after, seqs = f"{outcome.cursor.epoch}.0", []
    while True:
        body = check_answer(await guest.get("/api/log", params={"channel": f"thread:{thread_id}", "after": after}))
        assert len(body["events"]) <= LOG_BLOCK_EVENTS
        seqs += [event[1] for event in body["events"]]
        after = f"{body['cursor'][0]}.{body['cursor'][1]}"
        if body["cursor"][1] >= body["head"]:
            break
    assert seqs == list(range(1, body["head"] + 1))


async def test_log_stops_where_it_is_told_to(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    thread_id = outcome.thread["id"]
    await site.fill(thread_id, 5)
    start = outcome.cursor.seq
    asked = {"channel": f"thread:{thread_id}", "after": str(outcome.cursor)}
    for until, last in ((start + 2, start + 2), (start, start), (0, start), (10_000, start + 5)):
        body = check_answer(await guest.get("/api/log", params={**asked, "until": str(until)}))
        assert [event[1] for event in body["events"]] == list(range(start + 1, last + 1))
        assert body["cursor"][1] == last


async def test_log_never_shows_a_removed_text_again(site: Site, guest: Browser, mona: Browser) -> None:
    outcome = await site.thread()
    post = (await site.post(outcome.thread["id"], "Shameful words")).post
    await mona.delete(f"/api/posts/{post['id']}")
    asked = {"channel": f"thread:{outcome.thread['id']}", "after": f"{outcome.cursor.epoch}.0"}
    answer = await guest.get("/api/log", params=asked)
    assert [event[2] for event in check_answer(answer)["events"]][-2:] == ["post.created", "post.removed"]
    assert "Shameful" not in answer.text


async def test_cursor_that_cannot_be_resumed_is_answered_with_a_fresh_one(site: Site, guest: Browser) -> None:
    outcome = await site.thread()
    channel = f"thread:{outcome.thread['id']}"
    epoch, head = outcome.cursor
    await site.store.write(renew_epoch)
    fresh = check_answer(await guest.get(f"/api/threads/{outcome.thread['id']}"))["cursor"]
    for after, reason in ((f"{epoch}.{head}", "epoch"), (f"{fresh[0]}.{head + 1}", "ahead")):
        answer = await guest.get("/api/log", params={"channel": channel, "after": after})
        body = check_answer(answer)
        assert (answer.status_code, body["name"], body["reason"], body["cursor"]) == (
            410,
            "CURSOR_RESET",
            reason,
            fresh,
        )


@pytest.mark.parametrize(
    ("channel", "after", "until", "status", "name"),
    [
        ("thread:1", "", "", 422, "INVALID"),
        ("thread:1", "1", "", 422, "INVALID"),
        ("thread:1", "abc.-1", "", 422, "INVALID"),
        ("thread:1", "abc.0", "x", 422, "INVALID"),
        ("thread:1", "abc.0", "-1", 422, "INVALID"),
        ("thread:1", "abc.0", "9" * 5000, 422, "INVALID"),
        ("thread:99", "abc.0", "", 404, "UNKNOWN_CHANNEL"),
        ("threads:1", "abc.0", "", 404, "UNKNOWN_CHANNEL"),
        ("", "abc.0", "", 404, "UNKNOWN_CHANNEL"),
    ],
)
async def test_log_asked_for_wrongly_is_refused(
    site: Site, guest: Browser, channel: str, after: str, until: str, status: int, name: str
) -> None:
    await site.thread()
    asked = {"channel": channel, "after": after, **({"until": until} if until else {})}
    answer = await guest.get("/api/log", params=asked)
    assert (answer.status_code, check_answer(answer)["name"]) == (status, name)


async def test_log_is_for_those_who_may_read_the_channel(
    site: Site, guest: Browser, ada: Browser, bob: Browser
) -> None:
    town = site.town
    secret = await site.thread("Secret", visitor=town.mona, forum_id=town.staff_forum_id)
    inner = await site.thread("Inner", visitor=town.ada, forum_id=town.members_forum_id)
    epoch = secret.cursor.epoch

    async def status(who: Browser, channel: str) -> int:
        answer = await who.get("/api/log", params={"channel": channel, "after": f"{epoch}.0"})
        check_answer(answer)
        return answer.status_code

    assert await status(ada, f"thread:{secret.thread['id']}") == 404
    assert await status(ada, f"forum:{town.staff_forum_id}") == 404
    assert await status(guest, f"thread:{inner.thread['id']}") == 401
    assert await status(ada, f"thread:{inner.thread['id']}") == 200
    assert await status(ada, f"member:{town.ada.member_id}") == 200
    assert await status(bob, f"member:{town.ada.member_id}") == 404
    assert await status(guest, "site") == 200
