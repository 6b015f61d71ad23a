"""The web on a real store in a temporary folder, and browsers to visit it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any

import httpx2 as httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tertulia_server.actions.context import Actions
from tertulia_server.actions.outcomes import PostOutcome
from tertulia_server.actions.posts import create_post
from tertulia_server.actions.threads import ThreadOutcome, create_thread
from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.tokens import hash_token, new_token
from tertulia_server.settings import Settings
from tertulia_server.store.opening import open_store
from tertulia_server.store.pages import read_thread_page
from tertulia_server.store.port import Store
from tertulia_server.store.sign_ins import insert_api_token, insert_sign_in
from tertulia_server.web.form_tokens import COOKIE as FORM_COOKIE
from tertulia_server.web.form_tokens import FIELD, HEADER, form_token
from tertulia_server.web.identity import COOKIE
from tertulia_server.web.problems import EXCEPTION_HANDLERS
from tertulia_server.web.routes import MIDDLEWARE, routes
from tertulia_server.web.services import Services
from tertulia_server.webhooks.opening import webhook_rules
from tests.server.town import NOW_MS, Town, found_town

ORIGIN = "http://forum.test"
HOUR_MS = 3_600_000
GUEST_SECRET = "what a browser has been given before it signs in"

Browser = httpx.AsyncClient

_keys = count(1)


@dataclass
class Site:
    app: Starlette
    store: Store
    actions: Actions
    town: Town
    broker: MemoryBroker
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        """Somebody who is not signed in; answers with an error are answers, not exceptions."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        tokens = {HEADER: form_token(GUEST_SECRET)}
        browser = Browser(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN, **tokens, **headers})
        browser.cookies.set(FORM_COOKIE, GUEST_SECRET)
        self.browsers.append(browser)
        return browser

    async def browser_of(self, visitor: Visitor) -> Browser:
        """A member whose forms have the token that belongs to their sign-in."""
        browser = self.browser()
        secret = await self.sign_in_token(visitor)
        browser.cookies.set(COOKIE, secret)
        browser.headers[HEADER] = form_token(secret)
        return browser

    async def sign_in_token(self, visitor: Visitor, *, expires_ms: int = NOW_MS + HOUR_MS) -> str:
        assert visitor.member_id is not None
        token = new_token()
        await self.store.write(
            insert_sign_in, hash_token(token), visitor.member_id, created_ms=NOW_MS - HOUR_MS, expires_ms=expires_ms
        )
        return token

    async def api_token(self, visitor: Visitor) -> str:
        assert visitor.member_id is not None
        token = new_token()
        await self.store.write(insert_api_token, hash_token(token), visitor.member_id, "test", created_ms=NOW_MS)
        return token

    async def thread(
        self, title: str = "The fair", text: str = "Who comes?", *, visitor: Visitor | None = None, forum_id: int = 0
    ) -> ThreadOutcome:
        author, forum_id = visitor or self.town.ada, forum_id or self.town.forum_id
        return await create_thread(self.actions, author, forum_id, title, text, key=f"site-key-{next(_keys)}")

    async def post(self, thread_id: int, text: str = "I do.", *, visitor: Visitor | None = None) -> PostOutcome:
        author = visitor or self.town.ada
        return await create_post(self.actions, author, thread_id, text, key=f"site-key-{next(_keys)}")

    async def fill(self, thread_id: int, posts: int) -> None:
        for number in range(posts):
            await self.post(thread_id, f"filling {number}")

    async def close(self) -> None:
        for browser in self.browsers:
            await browser.aclose()
        await self.store.close()


async def texts_of(site: Site, thread_id: int) -> list[str | None]:
    """The texts of the thread's first page."""
    page = await site.store.read(read_thread_page, thread_id, 1)
    assert page is not None
    return [post["text"] for post in page.posts]


async def build_town(file: Path) -> Town:
    """A database with the town in it, to be copied for each test."""
    store = await open_store(f"sqlite:///{file}")
    try:
        return await store.write(found_town)
    finally:
        await store.close()


async def open_site(file: Path, town: Town, **settings: Any) -> Site:
    store = await open_store(f"sqlite:///{file}", create=False)
    broker = MemoryBroker()
    actions = Actions(store, broker.publish, lambda: NOW_MS, webhooks=webhook_rules(Settings(**settings)))
    app = Starlette(
        routes=[Route("/crash", _crash), Route("/api/crash", _crash), *routes()],
        middleware=list(MIDDLEWARE),
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.services = Services(Settings(**settings), store, actions, broker)
    return Site(app, store, actions, town, broker)


async def _crash(_request: Request) -> Response:
    raise RuntimeError("the secret inside")


class Form(HTMLParser):
    """The fields of the form with this action, as a browser would send them; its token is kept beside them."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self._action = action
        self._is_inside = False
        self._text_name: str | None = None
        self.fields: dict[str, str] = {}
        self.token = ""
        self.feed(html)
        self.token = self.fields.pop(FIELD, "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = values.get("action") == self._action
        if self._is_inside and tag == "input":
            self.fields[values["name"]] = values.get("value", "")
        if self._is_inside and tag == "textarea":
            self._text_name = values["name"]
            self.fields[self._text_name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        if tag == "textarea" and self._text_name is not None:
            text = self.fields[self._text_name]
            self.fields[self._text_name] = text.removeprefix("\n")  # as a browser drops the first line end
            self._text_name = None

    def handle_data(self, data: str) -> None:
        if self._text_name is not None:
            self.fields[self._text_name] += data
