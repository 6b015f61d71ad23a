"""Hostile words in every field, on real pages: nothing runs, and the policy of the pages has nothing to refuse."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from playwright.async_api import Dialog
from sqlalchemy import insert, update

from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import create_thread
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role, TextFormat, Visitor
from tertulia_server.forum.names import name_key
from tertulia_server.forum.text import render_post
from tertulia_server.store.port import Connection
from tertulia_server.store.schema import (
    api_tokens,
    categories,
    forums,
    members,
    posts,
    threads,
    webhook_deliveries,
    webhooks,
)
from tests.browser.conftest import StartForum
from tests.browser.forum import People
from tests.browser.payloads import PAYLOADS
from tests.browser.windows import OpenWindow, Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

PER_POST = 12
TRAP = """window.boomed = [];
window.boom = (number) => window.boomed.push(number);
addEventListener('securitypolicyviolation', (event) => window.boomed.push('policy: ' + event.violatedDirective));"""
PROVOKE = """() => {
  for (const element of document.querySelectorAll('main *')) {
    for (const kind of ['mouseover', 'focus', 'toggle', 'error', 'load', 'click']) {
      if (kind !== 'click' || !element.closest('a[href^="/"], a[href^="http"], a[href^="#"], button, summary, input')) {
        element.dispatchEvent(new Event(kind, {bubbles: false}));
      }
    }
  }
  const bad = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes]
    .filter((one) => /^on/i.test(one.name) || /^\\s*(javascript|vbscript|data):/i.test(one.value) &&
      ['href', 'src', 'action', 'formaction', 'data', 'srcdoc'].includes(one.name))
    .map((one) => `${element.tagName} ${one.name}=${one.value}`));
  const scripts = [...document.scripts]
    .filter((one) => !one.src.startsWith(location.origin) && one.type !== 'application/ld+json')
    .map((one) => one.outerHTML);
  return [...window.boomed, ...bad, ...scripts];
}"""


def texts() -> list[str]:
    """The payloads, some in each post."""
    return ["\n\n".join(PAYLOADS[start : start + PER_POST]) for start in range(0, len(PAYLOADS), PER_POST)]


def write_names(conn: Connection, people: People) -> None:
    """Every stored name, title, rank, label and imported text, whatever a form would take: as an import might."""
    conn.execute(
        update(members).where(members.c.id == people.ignacio.id).values(name=PAYLOADS[4][:64], rank=PAYLOADS[2])
    )
    conn.execute(update(forums).values(name=PAYLOADS[30][:200], description="".join(PAYLOADS[:20]), slug="x"))
    conn.execute(update(categories).values(name=PAYLOADS[16][:200]))
    conn.execute(update(api_tokens).values(label=PAYLOADS[18][:64]))


def write_webhook(conn: Connection, owner_id: int) -> None:
    """One that was switched off, whose receiver gave a payload as answer to each delivery."""
    words = [payload.replace("\0", "")[:300] for payload in PAYLOADS]
    row = {"owner_id": owner_id, "label": words[6][:64], "url": f"javascript:boom(1)//{words[7]}", "notice_ms": 1}
    place = {"epoch": "e", "seq": 0}
    channel = {"channel": "forum:1", "secret": "whsec_AAAA", "created_ms": 1, "is_on": False, "off_reason": "failing"}
    webhook_id = conn.execute(insert(webhooks).values(**row, **place, **channel).returning(webhooks.c.id)).scalar_one()
    attempt = {"attempt": 1, "started_ms": 1, "duration_ms": 1, "outcome": "refused", "status": 500, **place}
    for word in words[-100:]:
        said = {"webhook_id": webhook_id, "name": word[:64], "answer": word}
        conn.execute(insert(webhook_deliveries).values(**said, **attempt))


def write_imported(conn: Connection, thread_id: int) -> None:
    """Imported authors with hostile names and literal posts, one payload in each."""
    last = max(conn.execute(posts.select().with_only_columns(posts.c.number)).scalars())
    payloads = [payload.replace("\0", "") for payload in PAYLOADS]  # PostgreSQL keeps none
    for count, payload in enumerate(payloads, 1):
        name = payload[:64]
        row = {"name": name, "name_key": name_key(f"{name} {count}"), "is_imported": True, "rank": payload[:64]}
        author_id = conn.execute(insert(members).values(row).returning(members.c.id)).scalar_one()
        text = {"text": payload, "html": render_post(payload, TextFormat.LITERAL), "format": "literal"}
        conn.execute(insert(posts).values(thread_id=thread_id, number=last + count, author_id=author_id, **text))
    conn.execute(update(threads).where(threads.c.id == thread_id).values(last_number=last + len(PAYLOADS)))


async def fill(database: str, people: People) -> int:
    """Put the payloads wherever words are kept; the thread of the imported ones."""
    async with offline_actions(database) as actions:
        author = Visitor(people.ignacio.id, "Ignacio", Role.MEMBER)
        first = await create_thread(
            actions, author, people.forum_id, PAYLOADS[0][:200], texts()[0], key=secrets.token_hex()
        )
        for text in texts()[1:]:
            await create_post(actions, author, first.thread["id"], text, key=secrets.token_hex(16))
        for payload in PAYLOADS[1:20]:
            await create_thread(actions, author, people.forum_id, payload[:200], payload, key=secrets.token_hex(16))
        await actions.store.write(write_imported, first.thread["id"])
        await actions.store.write(write_names, people)
        await actions.store.write(write_webhook, people.admin.id)
        return first.thread["id"]


async def visit(window: Window, url: str) -> list[str]:
    """What ran, or could, on this page."""
    await window.page.goto(url)
    await window.page.wait_for_load_state("load")
    found: list[str] = await window.page.evaluate(PROVOKE)
    return [f"{url}: {one}" for one in found]


async def test_nothing_of_two_hundred_hostile_texts_runs_on_any_page(
    start_forum: StartForum, people: People, open_window: OpenWindow
) -> None:
    assert len(set(PAYLOADS)) >= 200
    forum = start_forum()
    thread_id = await fill(forum.server.database, people)
    window = await open_window(people.admin, origin=forum.server.url, may_lose_line=True)
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        _tasks.append(asyncio.ensure_future(dialog.dismiss()))

    _tasks: list[asyncio.Future[None]] = []
    window.page.on("dialog", dismiss)
    await window.page.add_init_script(TRAP)
    last_page = -(-(len(PAYLOADS) + len(texts())) // 20)
    paths = [f"/threads/{thread_id}/page-{number}" for number in range(1, last_page + 1)]
    paths += ["/", f"/forums/{people.forum_id}", f"/members/{people.ignacio.id}", "/account", "/account/tokens"]
    paths += ["/account/webhooks", "/account/webhooks/1"]
    paths += ["/posts/1/edit", "/posts/1/remove", "/search?q=%3Cscript%3Eboom(1)%3C/script%3E", "/notifications"]
    paths += [
        "/sign-in?next=javascript:boom(1)",
        "/register?next=%22%3E%3Csvg%20onload=boom(1)%3E",
        "/%3Csvg%20onload=boom(2)%3E",
    ]
    found = [fault for path in paths for fault in await visit(window, forum.server.url + path)]
    assert found == []
    assert dialogs == []
    window.complaints = [one for one in window.complaints if not one.startswith("Failed to load")]


async def test_hostile_texts_that_arrive_live_do_not_run(
    start_forum: StartForum, people: People, open_window: OpenWindow
) -> None:
    forum = start_forum()
    thread = await forum.thread("Live")
    window = await open_window(people.marisol, origin=forum.server.url)
    await window.page.add_init_script(TRAP)
    await window.open(forum.path(thread))
    written = texts()[:15]
    for text in written:
        await forum.post(thread, text)
    await window.expect_numbers(list(range(1, len(written) + 2)))
    assert await window.page.evaluate(PROVOKE) == []
    await window.page.fill("#reply textarea", written[0])
    await window.page.click("#reply button[type=submit]")
    await window.expect_numbers(list(range(1, len(written) + 3)))
    assert await window.page.evaluate(PROVOKE) == []
