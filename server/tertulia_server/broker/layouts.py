"""Which Redis server is in charge of which partitions: a fixed one, one that Sentinel names, or those of a cluster."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError

from tertulia_server.broker.addresses import Access, Address, Kind, Target
from tertulia_server.broker.names import slot_of_partition
from tertulia_server.broker.parcels import PARTITION_COUNT

ALL_PARTITIONS: Final = frozenset(range(PARTITION_COUNT))

Layout = Mapping[Address, frozenset[int]]
"""Each server with the partitions that it is in charge of; a partition that is missing has nobody now."""


class Closable(Protocol):
    """A client of redis-py."""

    async def aclose(self) -> None: ...


ClientT = TypeVar("ClientT", bound=Closable)


class LayoutError(Exception):
    """Nobody said who is in charge; the text is for an operator and holds no secret."""


class Finder(Protocol):
    """Asks who is in charge. `LayoutError` when nobody can say."""

    async def find(self) -> Layout: ...


def finder_of(target: Target, limit_s: float) -> Finder:
    """How the servers of this target are found; whoever is asked has ``limit_s`` to answer."""
    if target.kind is Kind.SENTINEL:
        return SentinelFinder(target, limit_s)
    if target.kind is Kind.CLUSTER:
        return ClusterFinder(target, limit_s)
    return FixedFinder(target)


class FixedFinder:
    """One server for everything."""

    def __init__(self, target: Target) -> None:
        self._layout = {target.addresses[0]: ALL_PARTITIONS}

    async def find(self) -> Layout:
        return self._layout


class SentinelFinder:
    """The master of a service, as the Sentinels see it now."""

    def __init__(self, target: Target, limit_s: float) -> None:
        self._target = target
        self._limit_s = limit_s

    async def find(self) -> Layout:
        addresses = [(address.host, address.port) for address in self._target.addresses]
        options = client_options(self._target.sentinel_access, self._limit_s)
        sentinel = Sentinel(addresses, sentinel_kwargs=options)  # type: ignore[no-untyped-call]  # of redis-py
        try:
            async with closing(sentinel):
                host, port = await sentinel.discover_master(self._target.service)
        except MasterNotFoundError as error:
            raise LayoutError(
                f"no Sentinel answers, or none knows a healthy master called {self._target.service!r}"
            ) from error
        except (RedisError, OSError) as error:
            raise LayoutError(f"Sentinel: {_say(error)}") from error
        return {Address(host, int(port)): ALL_PARTITIONS}


class ClusterFinder:
    """The masters of a cluster. Any node that was seen may be asked: those of the URL may all be gone one day."""

    def __init__(self, target: Target, limit_s: float) -> None:
        self._seeds = target.addresses
        self._access = target.access
        self._limit_s = limit_s
        self._known: frozenset[Address] = frozenset()

    async def find(self) -> Layout:
        problem = ""
        for address in self._in_any_order():
            try:
                return self._read(await self._ask(address), address)
            except (RedisError, OSError) as error:
                problem = f"{address}: {_say(error)}"
        raise LayoutError(f"no node of the cluster says who is in charge; the last asked was {problem}")

    def _in_any_order(self) -> list[Address]:
        """So that one node with an old view of the cluster is not asked for ever."""
        addresses = sorted({*self._seeds, *self._known}, key=str)
        random.shuffle(addresses)
        return addresses

    async def _ask(self, address: Address) -> Any:
        options = client_options(self._access, self._limit_s)
        async with closing(Redis(host=address.host, port=address.port, **options)) as client:
            return await client.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]  # of redis-py

    def _read(self, ranges: Iterable[Any], asked: Address) -> Layout:
        """Of the answer to CLUSTER SLOTS: first slot, last slot, master (host, port, ...), replicas."""
        masters: dict[int, Address] = {}
        known: set[Address] = set()
        for first, last, *nodes in ranges:
            addresses = [Address(_text(node[0]) or asked.host, int(node[1])) for node in nodes]
            known.update(addresses)
            for partition in ALL_PARTITIONS:
                if first <= slot_of_partition(partition) <= last:
                    masters[partition] = addresses[0]
        self._known = frozenset(known)
        partitions: defaultdict[Address, set[int]] = defaultdict(set)
        for partition, address in masters.items():
            partitions[address].add(partition)
        return {address: frozenset(numbers) for address, numbers in partitions.items()}


@asynccontextmanager
async def closing(client: ClientT) -> AsyncIterator[ClientT]:
    """Close it in whole, also when the caller is cancelled while it is being closed.

    redis-py closes each connection in a task of its own; one that is cancelled before it began would leave its
    connection open for the collector of garbage to find.
    """
    try:
        yield client
    finally:
        closed = asyncio.ensure_future(client.aclose())
        try:
            await asyncio.shield(closed)
        except asyncio.CancelledError:
            await asyncio.wait([closed])
            raise


def client_options(access: Access, limit_s: float) -> dict[str, Any]:
    """For redis-py. It asks once: who asks again, and when, is decided here."""
    options: dict[str, Any] = {
        "socket_connect_timeout": limit_s,
        "socket_timeout": limit_s,
        "retry": Retry(NoBackoff(), 0),
    }
    if access.password:
        options |= {"username": access.username or None, "password": access.password}
    if access.tls is not None:
        options |= {"ssl": True, "ssl_ca_certs": access.ca_file or None}
    return options


def _text(host: bytes | str | None) -> str:
    """A node that does not know its own address gives none: it is then where it was asked."""
    text = host.decode() if isinstance(host, bytes) else host or ""
    return "" if text == "?" else text


def _say(error: Exception) -> str:
    if isinstance(error, AuthenticationError):
        return "refuses the password"
    return str(error) or type(error).__name__
