"""What one says of a bot beside its handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.bots.dead_letters import SUFFIX
from tertulia_client.bots.lanes import WhenFull
from tertulia_client.bots.watchdog import BLOCKED_S
from tertulia_client.bots.work import Retry

MAX_PARALLEL: Final = 16
MAX_WAITING: Final = 256
LATE_S: Final = 5.0
"""An event that has waited so long for its handler makes a bot lag."""


@dataclass(frozen=True, slots=True)
class Lag:
    """Told when as many events wait as may, and not again for a while."""

    waiting: int
    oldest_wait_s: float
    dropped: int


OnLag = Callable[[Lag], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Options:
    """As given to `tertulia_client.Bot`."""

    address: ServerAddress
    token: str | None = field(default=None, repr=False)
    name: str = ""
    prefix: str = "!"
    hears_itself: bool = False
    state: Path | None = None
    share: str | None = None
    max_parallel: int = MAX_PARALLEL
    max_waiting: int = MAX_WAITING
    when_full: WhenFull = WhenFull.PAUSE
    retry: Retry = field(default_factory=Retry)
    health_port: int | None = None
    health_host: str = "127.0.0.1"
    blocked_s: float = BLOCKED_S

    @property
    def dead_letters(self) -> Path | None:
        """The file beside the state; None for a bot without state."""
        return None if self.state is None else self.state.with_name(self.state.name + SUFFIX)
