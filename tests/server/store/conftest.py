from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from tertulia_server.store.log import renew_epoch
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


@pytest.fixture
def databases(tmp_path: Path, request: pytest.FixtureRequest) -> Databases:
    return Databases(tmp_path, request)
