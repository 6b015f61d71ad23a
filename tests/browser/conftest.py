"""One browser and one server for all tests of pages; tests that break a server start their own.

With TERTULIA_TEST_GROWN set, every server has two workers on PostgreSQL and Redis, as `make test-long` runs them too.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from checks import GROWN
from programs import REDIS
from tests.browser.forum import Forum, People, people_of
from tests.browser.windows import OpenWindow, Windows
from tests.needs import need
from tests.postgresql import PostgresServer
from tests.processes import RedisServer, TertuliaServer


@dataclass(frozen=True)
class Grown:
    """What servers share that have several workers."""

    postgresql: PostgresServer
    redis: RedisServer

    def new_database(self) -> str:
        return self.postgresql.url(self.postgresql.create_database())

    @property
    def options(self) -> dict[str, object]:
        return {"broker": self.redis.url, "workers": 2}


@pytest.fixture(scope="session")
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown | None]:
    """None in an ordinary run, in which one process on SQLite serves."""
    if GROWN not in os.environ:
        yield None
        return
    redis = RedisServer(need(REDIS), tmp_path_factory.mktemp("redis"))
    try:
        redis.start()
        yield Grown(request.getfixturevalue("shared_postgresql"), redis)
    finally:
        redis.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def forum(tmp_path_factory: pytest.TempPathFactory, grown: Grown | None) -> AsyncIterator[Forum]:
    """A server that all tests share; each makes threads of its own."""
    folder = tmp_path_factory.mktemp("forum")
    database = "" if grown is None else grown.new_database()
    people = await people_of(folder, database)
    server = TertuliaServer(folder, database=database, **({} if grown is None else grown.options))  # type: ignore[arg-type]
    try:
        server.start()
        yield Forum(server, people)
    finally:
        server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_window(browser: Browser) -> AsyncIterator[OpenWindow]:
    """Open windows: ``await open_window(person, origin=...)``. At the end no console may have complained."""
    windows = Windows(browser)
    yield windows.new
    complaints = [complaint for window in windows.opened for complaint in window.complaints]
    await windows.close()
    assert complaints == []


@pytest.fixture
def database(grown: Grown | None) -> str:
    """A database of this test's own; empty for the file of SQLite in its folder."""
    return "" if grown is None else grown.new_database()


@pytest_asyncio.fixture(loop_scope="session")
async def people(tmp_path: Path, database: str) -> People:
    """The people of that database."""
    return await people_of(tmp_path, database)


StartForum = Callable[..., Forum]


@pytest.fixture
def start_forum(tmp_path: Path, people: People, database: str, grown: Grown | None) -> Iterator[StartForum]:
    """Start servers on the test's own database: ``start_forum(broker=...)``; each can be killed."""
    servers: list[TertuliaServer] = []

    def start(**options: object) -> Forum:
        shared = {} if grown is None else grown.options
        server = TertuliaServer(tmp_path, database=database, **(shared | options))  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return Forum(server, people)

    yield start
    for server in servers:
        server.close()
