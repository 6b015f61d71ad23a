"""A forum is made private, and another thread moved into it, while guests and members watch on two servers and guests
come back from old cursors: not one byte of what was written later reaches who lost the right."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tertulia_wire.cursors import Cursor
from tests.browser.forum import Person
from tests.conftest import StartServer
from tests.processes import Reachable, RedisServer
from tests.scenarios.village import Writer, call, found, open_thread, read_cursor

LIMIT_S: Final = 30.0
BEFORE: Final = 10
TEXTS: Final = [f"text number {number:03d}" for number in range(40)]


class Watcher:
    """Follows a channel from its cursor, and keeps every byte that comes; a returning one comes back for ever."""

    def __init__(
        self, server: Reachable, channel: str, cursor: Cursor, person: Person | None, *, returns: bool
    ) -> None:
        self.received: list[str] = []
        self._address = server.url.replace("http", "ws") + "/live"
        self._headers = {} if person is None else {"Authorization": f"Bearer {person.token}"}
        self._asking = json.dumps(["subscribe", 1, [[channel, [cursor.epoch, cursor.seq]]]])
        self._returns = returns
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watcher of {channel}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(LIMIT_S)

    def heard(self, kind: str) -> list[Any]:
        messages = [json.loads(text) for text in list(self.received)]
        return [message for message in messages if message[0] == kind]

    def wait_for(self, is_so: Callable[[Watcher], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not is_so(self):
            assert time.monotonic() < deadline, self.received[-3:]
            time.sleep(0.02)

    def _run(self) -> None:
        while not self._is_over.is_set():
            with suppress(ConnectionClosed, InvalidHandshake, OSError):
                self._follow()
            if not self._returns:
                return

    def _follow(self) -> None:
        until_s = time.monotonic() + 0.3
        protocols = [Subprotocol("tertulia.v1.json")]
        with connect(self._address, subprotocols=protocols, additional_headers=self._headers) as socket:
            socket.send(self._asking)
            while not self._is_over.is_set() and not (self._returns and time.monotonic() > until_s):
                with suppress(TimeoutError):
                    self.received.append(str(socket.recv(timeout=0.05)))


@pytest.mark.parametrize(
    ("change", "broker"),
    [
        ("forum made private", "redis"),
        ("forum made private", "redis away"),
        ("thread moved", "redis"),
        ("thread moved", "none"),
        pytest.param("forum made private", "none", marks=pytest.mark.long),
        pytest.param("thread moved", "redis away", marks=pytest.mark.long),
    ],
)
def test_no_later_byte_reaches_who_lost_the_right(
    change: str, broker: str, start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> None:
    people = found(tmp_path)
    options = {} if broker == "none" else {"broker": redis_server.url}
    servers = [start_server(**options) for _ in range(2)]
    admin = people.admin
    private = {"name": "Back", "category": "x", "audience": "members"}
    plan = call(servers[0], "POST", "/api/administration/forums", admin, private)
    private_id = plan["categories"][-1]["forums"][-1]["forum"]["id"]
    place = open_thread(servers[0], people)
    if broker == "redis away":
        redis_server.kill()

    def narrow() -> None:
        if change == "forum made private":
            path = f"/api/administration/forums/{people.forum_id}"
            call(servers[0], "PATCH", path, admin, {"audience": "members"})
        else:
            call(servers[0], "POST", f"/api/threads/{place.thread_id}/move", admin, {"forum_id": private_id})

    with ExitStack() as stack:
        watch = [
            [
                stack.enter_context(Watcher(server, place.channel, place.cursor, person, returns=returns))
                for server in servers
            ]
            for person, returns in ((None, False), (None, True), (people.marisol, False))
        ]
        guests, returning, members = watch
        for guest in guests:
            guest.wait_for(lambda one: bool(one.heard("subscribed")))
        writer = Writer(servers, place, people.ignacio, TEXTS, pause_s=0.02)
        writer.start()
        writer.wait_for(BEFORE)
        narrow()
        later = TEXTS[len(writer.acknowledged) + 1 :]
        writer.finish()
        head = read_cursor(servers[0], place.thread_id, people.marisol)
        for member in members:
            member.wait_for(lambda one: bool(one.heard("event")) and one.heard("event")[-1][2] == head.seq)
            seqs = [event[2] for event in member.heard("event")]
            assert seqs == list(range(place.cursor.seq + 1, head.seq + 1))
            assert member.heard("unsubscribed") == []
        for guest in guests:
            guest.wait_for(lambda one: bool(one.heard("unsubscribed")))
            assert guest.heard("unsubscribed") == [["unsubscribed", place.channel, "rights"]]
    assert len(later) > BEFORE
    for one in (*guests, *returning):
        received = "".join(one.received)
        assert [text for text in later if text in received] == []
        assert TEXTS[0] in received
