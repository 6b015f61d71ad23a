from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from tertulia_server.actions.context import Actions
from tertulia_server.broker.port import Publication
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.messages import Event, ServerMessage, Signal
from tests.server.town import NOW_MS, Town, begin_thread, found_town


@dataclass
class Heard:
    """What was published, in order."""

    publications: list[Publication] = field(default_factory=list)

    def __call__(self, publications: Sequence[Publication]) -> None:
        self.publications.extend(publications)

    def events(self) -> list[Event]:
        return [message for message in self._messages() if isinstance(message, Event)]

    def signals(self) -> list[Signal]:
        return [message for message in self._messages() if isinstance(message, Signal)]

    def _messages(self) -> list[ServerMessage]:
        return [decode_server_message(one.payload, Encoding.MSGPACK) for one in self.publications]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest_asyncio.fixture
async def store(any_url: str) -> AsyncIterator[Store]:
    opened = await open_store(any_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def town(store: Store) -> Town:
    return await store.write(found_town)


@pytest_asyncio.fixture
async def thread_id(store: Store, town: Town) -> int:
    return (await store.write(begin_thread, town.ada, town.forum_id)).thread["id"]


@pytest.fixture
def actions(store: Store, heard: Heard) -> Actions:
    return Actions(store, heard, lambda: NOW_MS)
