"""What every action needs, handed in once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tertulia_server.broker.port import Publication
from tertulia_server.forum.models import Visitor
from tertulia_server.forum.rights import is_staff
from tertulia_server.store.port import Store


@dataclass(frozen=True, slots=True)
class Actions:
    """``publish`` is the broker's; ``now_ms`` is the wall clock in milliseconds; 0 ``posts_per_minute`` is no limit."""

    store: Store
    publish: Callable[[Sequence[Publication]], None]
    now_ms: Callable[[], int]
    posts_per_minute: int = 0

    def pace_ms(self, visitor: Visitor) -> int:
        """What one post of this visitor takes of the limit; bots and the staff have none: somebody let them in."""
        if not self.posts_per_minute or visitor.is_bot or is_staff(visitor):
            return 0
        return 60_000 // self.posts_per_minute
