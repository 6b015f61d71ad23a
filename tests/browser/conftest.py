"""One browser and one server for all tests of pages; tests that break a server start their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.forum import Forum, People, people_of
from tests.browser.windows import OpenWindow, Windows
from tests.processes import TertuliaServer


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
async def forum(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Forum]:
    """A server that all tests share; each makes threads of its own."""
    folder = tmp_path_factory.mktemp("forum")
    people = await people_of(folder)
    server = TertuliaServer(folder)
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


@pytest_asyncio.fixture(loop_scope="session")
async def people(tmp_path: Path) -> People:
    """The people of a database of this test's own."""
    return await people_of(tmp_path)


StartForum = Callable[..., Forum]


@pytest.fixture
def start_forum(tmp_path: Path, people: People) -> Iterator[StartForum]:
    """Start servers on the test's own database: ``start_forum(broker=...)``; each can be killed."""
    servers: list[TertuliaServer] = []

    def start(**options: object) -> Forum:
        server = TertuliaServer(tmp_path, **options)  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return Forum(server, people)

    yield start
    for server in servers:
        server.close()
