"""A forum with one thread and somebody who writes in it whatever happens to the server."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from tertulia_wire.cursors import Cursor
from tests.browser.forum import People, Person, people_of
from tests.processes import Reachable

ACKNOWLEDGE_LIMIT_S: Final = 60.0
RETRY_S: Final = 0.05


@dataclass(frozen=True)
class Place:
    """A thread and where its channel stood when its page was read."""

    thread_id: int
    cursor: Cursor

    @property
    def channel(self) -> str:
        return f"thread:{self.thread_id}"


def found(folder: Path, database: str = "") -> People:
    """A new database with a forum and people in it, for servers that are started afterwards."""
    return asyncio.run(people_of(folder, database))


def open_thread(server: Reachable, people: People) -> Place:
    """A new thread with one post."""
    body = {"title": "Scenario", "text": "the first post"}
    outcome = call(server, "POST", f"/api/forums/{people.forum_id}/threads", people.marisol, body)
    thread_id = outcome["thread"]["id"]
    return Place(thread_id, read_cursor(server, thread_id, people.marisol))


def read_cursor(server: Reachable, thread_id: int, person: Person) -> Cursor:
    """The cursor that a page of the thread carries now."""
    epoch, seq = call(server, "GET", f"/api/threads/{thread_id}/posts?page=1", person)["cursor"]
    return Cursor(epoch, seq)


def call(server: Reachable, method: str, path: str, person: Person, body: object = None, key: str = "") -> Any:
    """One request of the API; raises what urllib raises."""
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Idempotency-Key": key or secrets.token_hex(16),
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def post(server: Reachable, place: Place, person: Person, text: str) -> Any:
    """Post until it is acknowledged, under one key, as a client does that must not post twice."""
    key = secrets.token_hex(16)
    deadline = time.monotonic() + ACKNOWLEDGE_LIMIT_S
    while True:
        try:
            return call(server, "POST", f"/api/threads/{place.thread_id}/posts", person, {"text": text}, key)
        except urllib.error.HTTPError as error:
            with error:
                if error.code < 500:
                    raise AssertionError(f"{error.code} {error.read()!r}") from None
        except (OSError, HTTPException):
            pass  # killed in the middle of it
        assert time.monotonic() < deadline, f"never acknowledged: {text}"
        time.sleep(RETRY_S)


class Writer:
    """Posts these texts in a thread of its own, one after the other, through the servers in turn."""

    def __init__(
        self,
        servers: Sequence[Reachable],
        place: Place,
        person: Person,
        texts: Sequence[str],
        *,
        pause_s: float = 0.0,
    ) -> None:
        self.texts = list(texts)
        self.acknowledged: list[Any] = []
        self._servers = servers
        self._place = place
        self._person = person
        self._pause_s = pause_s
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writer")

    def start(self) -> None:
        self._thread.start()

    def wait_for(self, count: int, limit_s: float = ACKNOWLEDGE_LIMIT_S) -> None:
        """Until so many posts were acknowledged."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.acknowledged) >= count or self._failure, limit_s)
        assert self._failure is None, self._failure
        assert len(self.acknowledged) >= count

    def finish(self, limit_s: float = ACKNOWLEDGE_LIMIT_S) -> None:
        """Until all were."""
        self.wait_for(len(self.texts), limit_s)
        self._thread.join(ACKNOWLEDGE_LIMIT_S)

    def _run(self) -> None:
        try:
            for place, text in enumerate(self.texts):
                outcome = post(self._servers[place % len(self._servers)], self._place, self._person, text)
                with self._changed:
                    self.acknowledged.append(outcome)
                    self._changed.notify_all()
                time.sleep(self._pause_s)
        except BaseException as failure:  # noqa: BLE001 - told to whoever waits
            with self._changed:
                self._failure = failure
                self._changed.notify_all()
