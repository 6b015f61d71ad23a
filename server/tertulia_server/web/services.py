"""What requests are served with: made once by `create_app`, found from any request."""

from __future__ import annotations

from typing import cast

from starlette.requests import HTTPConnection

from tertulia_server.actions.context import Actions
from tertulia_server.actions.reading import ReadMarks
from tertulia_server.broker.port import Broker
from tertulia_server.live.watch import Watch
from tertulia_server.settings import Settings
from tertulia_server.store.notifications import read_badges
from tertulia_server.store.port import Store
from tertulia_server.web.gathering import Gathering
from tertulia_server.web.pacing import Pace, Paces
from tertulia_server.web.page_memory import PageMemory
from tertulia_server.web.proofs import Proofs


class Services:
    """Kept at ``app.state.services``."""

    def __init__(self, settings: Settings, store: Store, actions: Actions, broker: Broker) -> None:
        self.settings = settings
        self.store = store
        self.actions = actions
        self.broker = broker
        self.memory = PageMemory(store)
        self.proofs = Proofs(store)
        self.paces = Paces()
        per_minute = settings.writes_per_minute
        self.address_pace = Pace(burst=per_minute, per_s=per_minute / 60) if per_minute else None
        self.marks = ReadMarks(actions)
        self.badges = Gathering(store, read_badges, "badges")


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that serves this request or WebSocket."""
    return cast("Services", connection.app.state.services)


def watch_of(connection: HTTPConnection) -> Watch:
    """What the worker that serves this request knows about itself."""
    return cast("Watch", connection.app.state.watch)
