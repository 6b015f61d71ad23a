"""What requests are served with: made once by `create_app`, found from any request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from tertulia_server.actions.context import Actions
from tertulia_server.actions.reading import ReadMarks
from tertulia_server.broker.port import Broker
from tertulia_server.live.watch import Watch
from tertulia_server.settings import Settings
from tertulia_server.store.notifications import Badge, read_badges
from tertulia_server.store.port import Store
from tertulia_server.web.gathering import Gathering
from tertulia_server.web.pacing import Pace, Paces
from tertulia_server.web.page_memory import PageMemory
from tertulia_server.web.proofs import Proofs


@dataclass(frozen=True, slots=True)
class Services:
    """Kept at ``app.state.services``."""

    settings: Settings
    store: Store
    actions: Actions
    broker: Broker
    memory: PageMemory = field(init=False)
    proofs: Proofs = field(init=False)
    paces: Paces = field(default_factory=Paces, init=False)
    address_pace: Pace | None = field(init=False)
    marks: ReadMarks = field(init=False)
    badges: Gathering[int, Badge] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory", PageMemory(self.store))
        object.__setattr__(self, "proofs", Proofs(self.store))
        per_minute = self.settings.writes_per_minute
        pace = Pace(burst=per_minute, per_s=per_minute / 60) if per_minute else None
        object.__setattr__(self, "address_pace", pace)
        object.__setattr__(self, "marks", ReadMarks(self.actions))
        object.__setattr__(self, "badges", Gathering(self.store, read_badges, "badges"))


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that serves this request or WebSocket."""
    return cast("Services", connection.app.state.services)


def watch_of(connection: HTTPConnection) -> Watch:
    """What the worker that serves this request knows about itself."""
    return cast("Watch", connection.app.state.watch)
