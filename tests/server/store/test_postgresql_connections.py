from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tertulia_server.errors import TertuliaError
from tertulia_server.store.postgresql_connections import (
    SESSION_SETTINGS,
    Outcome,
    as_unavailable,
    make_engine,
    outcome_of,
    sqlstate_of,
)
from tertulia_wire.codes import Code


class Said(Exception):
    """What a driver raises for an answer of PostgreSQL."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("said")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "outcome"),
    [
        ("40001", Outcome.CONFLICT),
        ("40P01", Outcome.CONFLICT),
        ("08006", Outcome.LOST),
        ("57P01", Outcome.LOST),
        ("25P03", Outcome.LOST),
        ("53100", Outcome.UNAVAILABLE),
        ("53300", Outcome.UNAVAILABLE),
        ("55P03", Outcome.UNAVAILABLE),
        ("57014", Outcome.UNAVAILABLE),
        ("28P01", Outcome.UNAVAILABLE),
        ("58030", Outcome.UNAVAILABLE),
        ("25006", Outcome.UNAVAILABLE),
        ("23505", Outcome.OTHER),
        ("22012", Outcome.OTHER),
        ("42601", Outcome.OTHER),
        ("", Outcome.OTHER),
    ],
)
def test_outcome_of_an_answer_follows_its_sqlstate(sqlstate: str, outcome: Outcome) -> None:
    error = DBAPIError("SELECT 1", None, Said(sqlstate))
    assert sqlstate_of(error) == sqlstate
    assert outcome_of(error) is outcome


@pytest.mark.parametrize("error", [ConnectionRefusedError(), ConnectionResetError(), TimeoutError()])
def test_outcome_without_an_answer_is_a_lost_session(error: Exception) -> None:
    assert outcome_of(error) is Outcome.LOST


def test_only_what_the_database_cannot_help_becomes_unavailable() -> None:
    mine = KeyError("mine")
    assert as_unavailable(mine) is mine
    refused = DBAPIError("INSERT ...", None, Said("53100"))
    unavailable = as_unavailable(refused)
    assert isinstance(unavailable, TertuliaError)
    assert (unavailable.code, unavailable.retry_after_ms) == (Code.STORE_UNAVAILABLE, 1_000)
    assert unavailable.__cause__ is refused


async def test_sessions_bound_what_a_worker_that_stands_still_may_hold(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    async with engine.connect() as connection:
        for name, value in SESSION_SETTINGS.items():
            assert (await connection.execute(text(f"SHOW {name}"))).scalar_one() == value
    await engine.dispose()


async def test_session_that_holds_its_locks_in_silence_is_ended(postgresql_url: str) -> None:
    engine, ended = make_engine(postgresql_url), asyncio.Event()
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        driver.add_termination_listener(lambda _: ended.set())
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
        async with asyncio.timeout(10):
            await ended.wait()
        with pytest.raises(DBAPIError) as error:
            await connection.execute(text("SELECT 1"))
        assert outcome_of(error.value) is Outcome.LOST
    await engine.dispose()
