"""A plugin for pytest: ``tertulia_server`` is a `FakeServer` that lives as long as a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tertulia_client.testing.server import FakeServer


@pytest_asyncio.fixture
async def tertulia_server() -> AsyncIterator[FakeServer]:
    """A server of this test's own, in its loop."""
    async with FakeServer() as server:
        yield server
