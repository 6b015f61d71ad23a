"""Webhooks on their pages, by plain forms."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tertulia_server.forum.webhooks import OffReason, Outcome
from tertulia_server.store.leases import take_lease
from tertulia_server.store.port import Connection
from tertulia_server.store.webhook_results import Turn, write_attempt
from tertulia_server.store.webhook_work import LEASE, LEASE_MS, Job, find_work
from tertulia_server.store.webhooks import Webhook, change_webhook, read_deliveries, read_webhooks
from tertulia_server.web.webhooks import OFF_WORDS, OUTCOME_WORDS
from tertulia_server.webhooks.failures import NAME_UNKNOWN
from tests.server.store.webhook_place import ada_of, attempt
from tests.server.town import NOW_MS
from tests.server.web.site import Browser, Form, Site

SECRET = re.compile(r"whsec_[\w+/=]{20,}")
URL = "https://receiver.example/in"
LIST = "/account/webhooks"


async def make(browser: Browser, **fields: str) -> str:
    """The page of a new one."""
    answer = await browser.post(LIST, data={"label": "chat", "url": URL, "channel": "forum:1", "thread": "", **fields})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def webhooks_of(site: Site) -> list[Webhook]:
    return await site.store.read(read_webhooks, ada_of(site.town))


def try_once(conn: Connection, webhook_id: int, status: int, failure: str = "") -> None:
    """One attempt; ``failure`` is why there was no answer."""
    job = find_work(conn, webhook_id, NOW_MS)
    assert isinstance(job, Job)
    fence = take_lease(conn, LEASE, "one", now_ms=NOW_MS, lease_ms=LEASE_MS)
    assert fence is not None
    made = attempt(status=status)
    if failure:
        made = replace(made, outcome=Outcome.UNREACHABLE, status=None, answer=failure)
    write_attempt(conn, Turn("one", fence, NOW_MS), job, made)


async def test_webhook_is_made_and_its_secret_shown_once(site: Site, ada: Browser) -> None:
    page = await make(ada)
    (secret,) = SECRET.findall(page)
    assert "chat" in page
    assert "Town talk" in page
    (webhook,) = await webhooks_of(site)
    assert f'<a class="button" href="{LIST}/{webhook.id}">I have copied it</a>' in page
    for path in (LIST, f"{LIST}/{webhook.id}"):
        again = (await ada.get(path)).text
        assert secret not in again
        assert "Town talk" in again
    assert f'href="{LIST}"' in (await ada.get("/account")).text


@pytest.mark.parametrize(
    "written", ["{id}", "thread:{id}", "/threads/{id}", "http://forum.test/threads/{id}-the-fair/page-2#post-9"]
)
async def test_thread_is_named_by_what_its_reader_has_before_them(site: Site, ada: Browser, written: str) -> None:
    thread_id = (await site.thread()).thread["id"]
    assert "The fair" in await make(ada, thread=written.format(id=thread_id))
    (webhook,) = await webhooks_of(site)
    assert webhook.channel == f"thread:{thread_id}"


async def test_form_keeps_what_could_not_be_taken(site: Site, ada: Browser) -> None:
    sent = {"label": "chat", "url": "https://127.0.0.1/", "channel": "forum:1", "thread": ""}
    answer = await ada.post(LIST, data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    fields = Form(answer.text, LIST).fields
    assert (fields["label"], fields["url"]) == ("chat", "https://127.0.0.1/")
    assert (await ada.post(LIST, data={**sent, "url": URL, "thread": "nonsense"})).status_code == 404
    assert (await ada.post(LIST, data={**sent, "url": URL, "channel": "forum:2"})).status_code == 404
    assert await webhooks_of(site) == []


async def test_page_offers_what_may_be_read_and_what_a_link_has_chosen(ada: Browser, mona: Browser) -> None:
    assert 'value="forum:2"' not in (await ada.get(LIST)).text
    assert 'value="forum:2"' in (await mona.get(LIST)).text
    assert 'value="forum:3" selected' in (await ada.get(f"{LIST}?channel=forum:3")).text
    assert Form((await ada.get(f"{LIST}?channel=thread:9")).text, LIST).fields["thread"] == "thread:9"


async def test_name_address_state_and_secret_are_changed(site: Site, ada: Browser) -> None:
    first = SECRET.findall(await make(ada))
    (webhook,) = await webhooks_of(site)
    path = f"{LIST}/{webhook.id}"
    assert (await ada.post(path, data={"label": "other", "url": "https://other.example/x"})).status_code == 303
    assert (await ada.post(f"{path}/switch", data={"to": "off"})).status_code == 303
    (changed,) = await webhooks_of(site)
    assert (changed.label, changed.url, changed.is_on) == ("other", "https://other.example/x", False)
    assert "You switched it off." in (await ada.get(path)).text
    assert (await ada.post(f"{path}/switch", data={"to": "on"})).status_code == 303
    wrong = await ada.post(path, data={"label": "third", "url": "mailto:ada@example.org"})
    assert wrong.status_code == 422
    assert Form(wrong.text, path).fields == {"label": "third", "url": "mailto:ada@example.org"}
    rotated = await ada.post(f"{path}/secret")
    assert rotated.headers["cache-control"] == "no-store"
    assert SECRET.findall(rotated.text) != first
    assert (await ada.post(f"{path}/delete")).status_code == 303
    assert (await ada.get(path)).status_code == 404


async def test_deliveries_are_listed_and_sent_again(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    await make(ada, thread=str(thread_id))
    (webhook,) = await webhooks_of(site)
    for text in ("one", "two"):
        await site.post(thread_id, text)
    await site.store.write(try_once, webhook.id, 200)
    await site.store.write(try_once, webhook.id, 500)
    path = f"{LIST}/{webhook.id}"
    page = (await ada.get(path)).text
    for words in ("not taken", "delivered", "so it is", "12 ms", "Not taken since", "event waits.", "post.created"):
        assert words in page
    delivered = (await site.store.read(read_deliveries, webhook.id))[-1]
    again = f"{path}/deliveries/{delivered.id}/again"
    answer = await ada.post(again)
    assert answer.headers["location"].startswith(f"{path}?done=again")
    after = (await ada.get(answer.headers["location"])).text
    assert "It is on its way once more." in after
    assert "to be sent again" in after
    assert again not in after
    await ada.post(f"{path}/switch", data={"to": "off"})
    assert (await ada.post(again)).status_code == 422


async def test_switched_off_by_the_server_is_told_until_it_is_read(site: Site, ada: Browser) -> None:
    await make(ada)
    (webhook,) = await webhooks_of(site)
    fallen = {"is_on": False, "off_reason": OffReason.FAILING.value, "notice_ms": NOW_MS}
    await site.store.write(change_webhook, ada_of(site.town), webhook.id, **fallen)
    page = (await ada.get("/notifications")).text
    assert 'class="bell has-news"' in page
    assert f'<a href="{LIST}/{webhook.id}">chat</a>' in page
    assert OFF_WORDS[OffReason.FAILING] in page
    read = Form(page, "/notifications/read").fields
    assert (await ada.post("/notifications/read", data=read)).status_code == 303
    after = (await ada.get("/notifications")).text
    assert 'class="bell has-news"' not in after
    assert LIST not in after
    assert OFF_WORDS[OffReason.FAILING] in (await ada.get(f"{LIST}/{webhook.id}")).text


async def test_what_is_not_ones_own_is_not_there(site: Site, ada: Browser, bob: Browser, guest: Browser) -> None:
    await make(ada)
    (webhook,) = await webhooks_of(site)
    path = f"{LIST}/{webhook.id}"
    assert (await bob.get(path)).status_code == 404
    for form in ("", "/switch", "/secret", "/delete", "/deliveries/1/again"):
        assert (await bob.post(path + form, data={"label": "x", "url": URL})).status_code == 404
    assert (await guest.get(LIST)).status_code == 401
    assert (await guest.get(path)).status_code == 401
    assert await webhooks_of(site) == [webhook]


async def test_what_the_owner_may_not_read_any_more_is_not_named(site: Site, mona: Browser) -> None:
    page = await make(mona, channel="forum:2")
    assert "Staff" in page
    mona_id = site.town.mona.member_id
    assert mona_id is not None
    await site.store.write(_dismiss, mona_id)
    (webhook,) = await site.store.read(read_webhooks, mona_id)
    plain = await site.browser_of(site.town.mona)
    for path in (LIST, f"{LIST}/{webhook.id}"):
        text = (await plain.get(path)).text
        assert "Staff" not in text
        assert "forum:2" in text


def _dismiss(conn: Connection, member_id: int) -> None:
    from sqlalchemy import delete, update

    from tertulia_server.store.schema import forum_moderators, members

    conn.execute(update(members).where(members.c.id == member_id).values(role="member"))
    conn.execute(delete(forum_moderators).where(forum_moderators.c.member_id == member_id))


def test_every_state_and_outcome_has_its_words() -> None:
    assert set(OFF_WORDS) == set(OffReason) - {OffReason.NONE}
    assert set(OUTCOME_WORDS) == set(Outcome)


async def test_site_that_sends_none_says_so(site: Site, ada: Browser) -> None:
    services: Any = site.app.state.services
    object.__setattr__(services, "settings", services.settings.model_copy(update={"webhooks_per_member": 0}))
    page = (await ada.get(LIST)).text
    assert "This site sends no webhooks." in page
    assert 'name="url"' not in page


@pytest.mark.parametrize("channel", ["forum", "thread"])
async def test_pages_lead_there_with_the_channel_chosen_for_those_who_may(
    site: Site, ada: Browser, rob: Browser, guest: Browser, channel: str
) -> None:
    thread_id = (await site.thread()).thread["id"]
    path, name = {"forum": ("/forums/1", "forum:1"), "thread": (f"/threads/{thread_id}", f"thread:{thread_id}")}[
        channel
    ]
    link = f'href="{LIST}?channel={name}"'
    pages = [(await browser.get(path, follow_redirects=True)).text for browser in (ada, rob, guest)]
    assert [link in page for page in pages] == [True, False, False]


async def test_pages_lead_nowhere_on_a_site_without_webhooks(site: Site, ada: Browser) -> None:
    services = site.app.state.services
    services.settings = services.settings.model_copy(update={"webhooks_per_member": 0})
    assert f"{LIST}?channel" not in (await ada.get("/forums/1", follow_redirects=True)).text


async def test_why_it_was_not_reached_is_told_in_the_language_of_the_page(site: Site, ada: Browser) -> None:
    await make(ada)
    (webhook,) = await webhooks_of(site)
    await site.thread()
    await site.store.write(try_once, webhook.id, 0, str(NAME_UNKNOWN))
    path = f"{LIST}/{webhook.id}"
    assert NAME_UNKNOWN in (await ada.get(path)).text
    assert "El nombre no se conoce." in (await ada.get(path, headers={"accept-language": "es"})).text
