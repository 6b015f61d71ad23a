"""The store: what holds posts and the log of events. One port, one engine per database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

__all__ = ["Connection", "Operation", "Store"]

P = ParamSpec("P")
T = TypeVar("T")

Operation = Callable[Concatenate[Connection, P], T]
"""A plain function of a `Connection`. It neither begins nor commits; it may run again after a conflict, so it has no
effect but on the database."""


class Store(Protocol):
    """Runs operations; contract suite: ``tests/contract/test_store.py``."""

    async def read(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading operation in one snapshot: all its statements see the same state."""
        ...

    async def write(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a writing operation in one transaction; returns when that is durably committed.

        If the operation raises, nothing of it stays and the exception reaches the caller.
        A cancelled caller does not know whether it was committed; a transaction is never left half open.
        """
        ...

    def state(self) -> int | None:
        """A number that stays the same as long as nothing is committed to the database, by whatever process.

        What was read after a call is still true while further calls give the same. Synchronous and quick; None where
        the engine cannot tell without asking a server. Called in the event loop.
        """
        ...

    async def close(self) -> None:
        """Finish what is running and let go of the database."""
        ...
