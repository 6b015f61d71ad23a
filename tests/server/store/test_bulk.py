from __future__ import annotations

import pytest

from tertulia_server.errors import StartError
from tertulia_server.store.bulk import IN_USE, bulk_reading, bulk_writing
from tertulia_server.store.facts import get_fact, put_fact
from tertulia_server.store.opening import open_store
from tests.server.store.engines import ENGINES, Databases


async def made(databases: Databases, engine: str) -> str:
    url = databases.new(engine)
    await (await open_store(url)).close()
    return url


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_was_committed_stays_and_the_rest_is_undone(databases: Databases, engine: str) -> None:
    url = await made(databases, engine)
    async with bulk_writing(url) as bulk:
        await bulk.run(put_fact, "colour", "green")
        await bulk.commit()
    async with bulk_writing(url) as bulk:
        await bulk.run(put_fact, "colour", "red")
    store = await open_store(url)
    assert await store.read(get_fact, "colour") == "green"
    await store.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_reading_sees_one_state_while_a_server_writes(databases: Databases, engine: str) -> None:
    url = await made(databases, engine)
    store = await open_store(url)
    await store.write(put_fact, "colour", "green")
    async with bulk_reading(url) as bulk:
        assert await bulk.run(get_fact, "colour") == "green"
        await store.write(put_fact, "colour", "red")
        assert await bulk.run(get_fact, "colour") == "green"
    await store.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_database_in_use_is_not_filled(databases: Databases, engine: str) -> None:
    """Also when whoever has it open does nothing just now."""
    url = await made(databases, engine)
    store = await open_store(url)
    await store.write(put_fact, "colour", "green")
    with pytest.raises(StartError, match="Stop the servers"):
        async with bulk_writing(url):
            pytest.fail(IN_USE)
    await store.write(put_fact, "colour", "red")
    await store.close()
    async with bulk_writing(url) as bulk:
        assert await bulk.run(get_fact, "colour") == "red"


@pytest.mark.parametrize("engine", ENGINES)
async def test_database_that_is_not_there_is_said(databases: Databases, engine: str) -> None:
    url = databases.new(engine).replace("/forum", "/nowhere")
    with pytest.raises(StartError):
        async with bulk_reading(url):
            pass


async def test_file_that_is_damaged_is_said(databases: Databases) -> None:
    url = databases.new("sqlite")
    with open(url.removeprefix("sqlite:///"), "wb") as file:  # noqa: ASYNC230, PTH123 - nobody waits for this loop
        file.write(b"SQLite format 3\x00" + b"\xff" * 4096)
    with pytest.raises(StartError, match="cannot be used"):
        async with bulk_reading(url) as bulk:
            await bulk.run(get_fact, "colour")
