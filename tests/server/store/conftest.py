from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, create_engine

from tertulia_server.store.log import renew_epoch
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.store.schema import metadata
from tests.server.store.engines import Databases
from tests.server.town import Town, found_town


@pytest.fixture
def conn() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        renew_epoch(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def town(conn: Connection) -> Town:
    return found_town(conn)


@pytest_asyncio.fixture
async def any_store(any_url: str) -> AsyncIterator[Store]:
    """A store without anything in it; the test runs once with each engine."""
    opened = await open_store(any_url)
    yield opened
    await opened.close()


@pytest.fixture
def databases(tmp_path: Path, request: pytest.FixtureRequest) -> Databases:
    return Databases(tmp_path, request)
