"""Bots and tokens on their page."""

from __future__ import annotations

import re

from tertulia_server.web.api import OPERATIONS
from tests.server.web.site import Browser, Site

TOKEN = re.compile(r"tertulia_[\w-]{43}")


async def make_token(browser: Browser, **fields: str) -> str:
    answer = await browser.post("/account/tokens", data={"label": "bridge", "days": "30", **fields})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = TOKEN.search(answer.text)
    assert found is not None
    return found[0]


async def test_token_is_shown_once_and_works_within_its_scopes(site: Site, ada: Browser) -> None:
    thread_id = (await site.thread()).thread["id"]
    reading = await make_token(ada, member=str(site.town.ada.member_id))
    posting = await make_token(ada, member=str(site.town.ada.member_id), scope_post="1")
    page = (await ada.get("/account/tokens")).text
    assert TOKEN.findall(page) == []
    assert page.count("bridge") >= 2
    for token, status in ((reading, 403), (posting, 201)):
        program = site.browser(authorization=f"Bearer {token}", **{"idempotency-key": token[-20:]})
        assert (await program.get("/api/me")).json()["member"]["name"] == "ada"
        answer = await program.post(f"/api/threads/{thread_id}/posts", json={"text": "from a program"})
        assert answer.status_code == status


async def test_token_that_only_reads_changes_nothing_by_any_address(site: Site, mona: Browser) -> None:
    """Whatever the body: neither posts nor marks, watches, drafts and choices; nor a form of the pages."""
    token = await make_token(mona, member=str(site.town.mona.member_id))
    program = site.browser(authorization=f"Bearer {token}", **{"idempotency-key": "a-key-of-reading"})
    for operation in OPERATIONS:
        if operation.method != "GET":
            path = re.sub(r"\{\w+\}", "1", operation.path)
            answer = await program.request(operation.method, path, json={})
            assert answer.status_code == 403, (operation.method, path)
    for path in ("/read", "/notifications/settings", "/threads/1/watch", "/account/presence"):
        assert (await program.post(path, data={"watch": "yes"})).status_code in {403, 404}, path
    assert (await program.get("/api/notifications")).status_code == 200


async def test_token_revoked_is_worth_nothing(site: Site, ada: Browser, bob: Browser) -> None:
    token = await make_token(ada, member=str(site.town.ada.member_id))
    [path] = re.findall(r"/account/tokens/[0-9a-f]{16}/revoke", (await ada.get("/account/tokens")).text)
    assert (await bob.post(path)).status_code == 404
    program = site.browser(authorization=f"Bearer {token}")
    assert (await program.get("/api/me")).status_code == 200
    assert (await ada.post(path)).status_code == 303
    assert (await program.get("/api/me")).status_code == 401


async def test_bot_is_made_and_given_a_token_by_its_owner(site: Site, ada: Browser, bob: Browser) -> None:
    assert (await ada.post("/account/bots", data={"name": "Keeper"})).status_code == 303
    bot_id = re.findall(r'<option value="(\d+)">Keeper', (await ada.get("/account/tokens")).text)[0]
    token = await make_token(ada, member=bot_id, scope_post="1")
    me = (await site.browser(authorization=f"Bearer {token}").get("/api/me")).json()
    assert (me["member"]["name"], me["member"]["is_bot"]) == ("Keeper", True)
    stolen = await bob.post("/account/tokens", data={"label": "x", "days": "30", "member": bot_id})
    assert stolen.status_code == 404
    assert TOKEN.findall(stolen.text) == []


async def test_what_cannot_be_taken_is_said_on_the_page(ada: Browser) -> None:
    for data in ({"label": "x", "days": "soon", "member": "1"}, {"label": "", "days": "", "member": "1"}):
        answer = await ada.post("/account/tokens", data=data)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert (await ada.post("/account/bots", data={"name": "bob"})).status_code == 409


async def test_scope_to_moderate_is_offered_to_the_staff(ada: Browser, mona: Browser, guest: Browser) -> None:
    assert "scope_moderate" not in (await ada.get("/account/tokens")).text
    assert "scope_moderate" in (await mona.get("/account/tokens")).text
    assert (await guest.get("/account/tokens")).status_code == 401
