"""What all tests share: real servers on free ports, and the report of what was not run for want of a program."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from programs import CHROMIUM, REDIS
from tertulia_server.store.opening import open_store
from tests.needs import NotRunReport, need
from tests.postgresql import PostgresServer
from tests.processes import RedisServer, TertuliaServer
from tests.time_limit import TimeLimits

settings.register_profile("tertulia", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tertulia")  # a busy machine is no fault of what is tested

StartServer = Callable[..., TertuliaServer]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # with several processes, the one that leads them hears of every test
        config.pluginmanager.register(NotRunReport(), "not-run-report")
    config.pluginmanager.register(TimeLimits(), "time-limits")
    gc.disable()


def pytest_collection_finish() -> None:
    """What was made so far stays to the end: a third of the time of collecting went to looking for garbage in it."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start `tertulia serve`: ``start_server(broker=..., workers=2)``; servers share the database in ``tmp_path``."""
    servers: list[TertuliaServer] = []

    def start(**options: object) -> TertuliaServer:
        server = TertuliaServer(tmp_path, **options)  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test's own; without the program the test is reported as not run."""
    server = RedisServer(need(REDIS), tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def shared_postgresql() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests that leave it running; each makes a database of its own in it."""
    yield from _running_postgresql()


@pytest.fixture(scope="session")
def migrated_database(shared_postgresql: PostgresServer) -> str:
    """The name of a database with all tables, to be copied by those who need one."""
    name = shared_postgresql.create_database()

    async def migrate() -> None:
        store = await open_store(shared_postgresql.url(name))
        await store.close()

    asyncio.run(migrate())
    return name


@pytest.fixture
def postgresql_url(shared_postgresql: PostgresServer, migrated_database: str) -> str:
    """A database of this test's own, with its tables and nothing in them."""
    return shared_postgresql.url(shared_postgresql.create_database(migrated_database))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test's own; the test runs once with each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/any.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def postgresql_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test's own, for tests that stop it or kill it."""
    yield from _running_postgresql()


def _running_postgresql() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without it the test is reported as not run."""
    return need(CHROMIUM)
