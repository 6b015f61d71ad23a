"""What every action needs, handed in once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tertulia_server.broker.port import Publication
from tertulia_server.store.port import Store


@dataclass(frozen=True, slots=True)
class Actions:
    """``publish`` is the broker's; ``now_ms`` is the wall clock in milliseconds."""

    store: Store
    publish: Callable[[Sequence[Publication]], None]
    now_ms: Callable[[], int]
