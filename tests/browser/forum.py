"""A forum to browse: a database with members, and what an API client does to it."""

from __future__ import annotations

import asyncio
import json
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tertulia_server.actions.members import create_api_token, create_member, sign_in
from tertulia_server.cli.offline import offline_actions
from tertulia_server.forum.models import Role
from tertulia_server.store.forums import create_category, create_forum
from tertulia_wire.data import PostData, ThreadData
from tests.processes import TertuliaServer

PASSWORD: Final = "a password of the tests"


@dataclass(frozen=True)
class Person:
    """A member with both ways of proving it."""

    id: int
    name: str
    token: str
    sign_in: str


@dataclass(frozen=True)
class People:
    """Who is there: two members and an administrator, and the forum that they write in."""

    forum_id: int
    marisol: Person
    ignacio: Person
    admin: Person


async def people_of(folder: Path, database: str = "") -> People:
    """Make a new database in ``folder``, as `TertuliaServer` names it, or this one, with a forum and its people."""
    async with offline_actions(database or f"sqlite:///{folder / 'forum.db'}") as actions:

        async def person(name: str, role: Role) -> Person:
            member_id = await create_member(actions, name, password=PASSWORD, role=role)
            token = await create_api_token(actions, member_id, "tests")
            return Person(member_id, name, token, await sign_in(actions, name, PASSWORD))

        category_id = await actions.store.write(create_category, "General")
        return People(
            await actions.store.write(create_forum, category_id, "Tavern"),
            await person("Marisol", Role.MEMBER),
            await person("Ignacio", Role.MEMBER),
            await person("Ana", Role.ADMINISTRATOR),
        )


class Forum:
    """What members do to a running server over its API."""

    def __init__(self, server: TertuliaServer, people: People) -> None:
        self.server = server
        self.people = people

    async def thread(self, title: str, posts: int = 1, *, by: Person | None = None) -> ThreadData:
        """A new thread with this many posts, ``post 1`` and so on; gives it as it is then."""
        author = by or self.people.ignacio
        path = f"/api/forums/{self.people.forum_id}/threads"
        outcome = await self.call("POST", path, author, {"title": title, "text": "post 1"})
        thread: ThreadData = outcome["thread"]
        for number in range(2, posts + 1):
            thread = (await self.call_post(thread, f"post {number}", author))["thread"]
        return thread

    async def post(self, thread: ThreadData, text: str, *, by: Person | None = None) -> PostData:
        outcome = await self.call_post(thread, text, by or self.people.ignacio)
        post: PostData = outcome["post"]
        return post

    async def edit(self, post: PostData, text: str, *, by: Person | None = None) -> PostData:
        body = {"text": text, "version": post["version"]}
        outcome = await self.call("PATCH", f"/api/posts/{post['id']}", by or self.people.ignacio, body)
        edited: PostData = outcome["post"]
        return edited

    async def remove(self, post: PostData) -> None:
        await self.call("DELETE", f"/api/posts/{post['id']}", self.people.admin)

    async def posts(self, thread: ThreadData, page: int = 1) -> list[PostData]:
        answer = await self.call("GET", f"/api/threads/{thread['id']}/posts?page={page}", self.people.admin)
        posts: list[PostData] = answer["posts"]
        return posts

    def path(self, thread: ThreadData, page: int = 1) -> str:
        base = f"{self.server.url}/threads/{thread['id']}-{thread['slug']}"
        return base if page == 1 else f"{base}/page-{page}"

    async def first_guest(self, thread: ThreadData) -> None:
        """Somebody has looked at the page before: it is kept, and compressed for whoever comes next."""
        for _ in range(2):
            request = urllib.request.Request(self.path(thread), headers={"Accept-Encoding": "gzip"})
            await asyncio.to_thread(_read, request)

    async def call_post(self, thread: ThreadData, text: str, author: Person) -> Any:
        return await self.call("POST", f"/api/threads/{thread['id']}/posts", author, {"text": text})

    async def call(self, method: str, path: str, person: Person, body: object = None) -> Any:
        """One request of the API with the person's token; an answer that is no success fails the test."""
        headers = {
            "Authorization": f"Bearer {person.token}",
            "Idempotency-Key": secrets.token_hex(16),
            "Content-Type": "application/json",
        }
        return await self._send(method, path, headers, body)

    async def call_signed_in(self, method: str, path: str, person: Person, body: object = None) -> Any:
        """The same with the person's sign-in, for what no token may do."""
        headers = {
            "Cookie": f"tertulia_sign_in={person.sign_in}",
            "Origin": self.server.url,
            "Content-Type": "application/json",
        }
        return await self._send(method, path, headers, body)

    async def _send(self, method: str, path: str, headers: dict[str, str], body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.url + path, data, headers, method=method)
        return await asyncio.to_thread(_answer, request)


def _read(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


def _answer(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{request.method} {request.full_url}: {error.code} {error.read()!r}") from None
