"""Readers of a channel over server-sent events and over long poll, made straight from the protocol's page."""

from __future__ import annotations

import json
import urllib.request
from typing import Any, Final
from urllib.parse import urlencode

from tertulia_wire.codec import Encoding
from tertulia_wire.cursors import Cursor, CursorVector
from tests.processes import Reachable
from tests.scenarios.followers import WAIT_LIMIT_S, RawFollower

POLL_WAIT_MS: Final = 500


class SseFollower(RawFollower):
    """The server's ``heartbeat_ms`` decides how soon it notices that it is to end."""

    def __init__(self, server: Reachable, channel: str, cursor: Cursor) -> None:
        super().__init__(server, channel, cursor, Encoding.JSON)

    def _follow(self) -> None:
        with urllib.request.urlopen(self._address("/live/events"), timeout=WAIT_LIMIT_S) as lines:
            self._begin()
            for line in lines:
                if line.startswith(b"data: [") and not line.startswith(b'data: ["pong"'):
                    self._take(line.removeprefix(b"data: ").strip().decode())
                if self._is_over():
                    return

    def _address(self, path: str, **more: Any) -> str:
        since = {} if self._cursor is None else {self._channel: self._cursor}
        query = {"channels": self._channel, "since": str(CursorVector.of(since)), **more}
        return f"{self._server.url}{path}?{urlencode(query)}"


class PollFollower(SseFollower):
    """Each answer counts as a connection."""

    def _follow(self) -> None:
        while not self._is_over():
            address = self._address("/live/poll", wait_ms=POLL_WAIT_MS)
            with urllib.request.urlopen(address, timeout=WAIT_LIMIT_S) as response:
                answer = json.load(response)
            self._begin()
            for message in answer["messages"]:
                self._take(json.dumps(message))
