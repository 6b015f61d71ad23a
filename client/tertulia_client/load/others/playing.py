"""A scenario against a server that is not Tertulia."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

from tertulia_client.errors import ClientError
from tertulia_client.load.capacity import reserve_descriptors
from tertulia_client.load.light_reader import Book
from tertulia_client.load.others.adapter import Adapter
from tertulia_client.load.others.bodies import Bodies
from tertulia_client.load.others.publishing import OtherServer
from tertulia_client.load.others.reader import Other, OtherReader
from tertulia_client.load.plan import Plan
from tertulia_client.load.report import Report
from tertulia_client.load.run import report_of, stopped_by_interrupt
from tertulia_client.load.scenarios import Scenario
from tertulia_client.load.stage import OnMoment, Say, Stage
from tertulia_client.loading import load_module
from tertulia_wire.cursors import Cursor

ADAPTERS: Final[Mapping[str, str]] = {"broadcast": "Broadcast", "nats": "Nats", "socket_io": "SocketIo"}
"""The module in this folder, and the class in it."""

PLAYABLE: Final = frozenset({"crowd", "storm", "comeback", "churn", "slow", "half-open", "town", "writers"})
"""What needs no more of a server than to be followed and published at."""

MAX_THREADS: Final = 100
"""Each has a connection of its own that publishes."""


def find_adapter(name: str) -> type[Adapter]:
    """One that is included, or the one of a file; `ClientError` for anything else."""
    if name.endswith(".py"):
        module = load_module(Path(name))
        found: list[type[Adapter]] = [value for value in vars(module).values() if _is_own_adapter(value, module)]
        if len(found) != 1:
            raise ClientError(f"{name} needs one class of `Adapter`: it has {len(found)}.")
        return found[0]
    if name not in ADAPTERS:
        names = ", ".join(ADAPTERS)
        raise ClientError(f"There is no adapter {name!r}. There are: {names}, or a file of your own that ends in .py.")
    included = importlib.import_module(f"tertulia_client.load.others.{name}")
    adapter: type[Adapter] = getattr(included, ADAPTERS[name])
    return adapter


def check_playable(scenario: Scenario) -> None:
    """`ClientError` for what asks more of a server than these can give."""
    if scenario.name not in PLAYABLE:
        raise ClientError(f"--adapter plays {', '.join(sorted(PLAYABLE))}, and not {scenario.name}.")


async def run_on_other(
    scenario: Scenario,
    plan: Plan,
    adapter: type[Adapter],
    say: Say,
    *,
    on_moment: OnMoment | None = None,
    sources: Sequence[str] = (),
    faults: Sequence[Callable[[Stage], Awaitable[None]]] = (),
) -> Report:
    """As `run_scenario`; nothing is prepared and nothing has to be removed."""
    reserve_descriptors(plan.readers)
    thread_ids = list(range(1, plan.threads + 1))
    async with OtherServer(plan.address, adapter, thread_ids) as server:
        other = Other(server.live_url, adapter, adapter.subprotocol, server.head_of, Bodies())
        stage = Stage(
            plan,
            server.as_api(),
            thread_ids,
            secrets.token_hex(4),
            say=say,
            on_moment=on_moment,
            sources=sources,
            faults=faults,
            make_reader=partial(_reader, other),
        )
        try:
            with stopped_by_interrupt(stage.stopping, say):
                await scenario.play(stage)
            return replace(report_of(stage), thread_url=server.live_url)
        finally:
            await stage.close()


def _reader(other: Other, number: int, channel: str, cursor: Cursor | None, book: Book) -> OtherReader:
    return OtherReader(number, channel, cursor, book=book, other=other)


def _is_own_adapter(value: object, module: ModuleType) -> bool:
    """A class that was imported into the file is not its own."""
    return isinstance(value, type) and issubclass(value, Adapter) and value.__module__ == module.__name__
