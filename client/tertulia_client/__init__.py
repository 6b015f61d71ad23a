"""The Tertulia client: follow channels, write bots, measure servers.

Names are imported at their first use, so that a command loads only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tertulia_client.api import Api, PostReceipt
    from tertulia_client.blocking import BlockingClient
    from tertulia_client.bot import Bot
    from tertulia_client.bots.collection import Handlers
    from tertulia_client.bots.health import BotState, Health
    from tertulia_client.bots.lanes import WhenFull
    from tertulia_client.bots.options import Lag
    from tertulia_client.bots.work import Retry
    from tertulia_client.client import Client
    from tertulia_client.connection import Follower
    from tertulia_client.errors import (
        AddressError,
        ApiError,
        ClientError,
        FollowRefused,
        NotTertulia,
        ServerUnreachable,
    )
    from tertulia_client.events import (
        Author,
        Event,
        MemberChanged,
        ModerationChanged,
        Notification,
        Notified,
        PostCreated,
        PostEdited,
        PostEvent,
        PostRated,
        PostRemoved,
        Reset,
        Thread,
        ThreadChanged,
        ThreadCreated,
        ThreadEvent,
    )
    from tertulia_client.subscription import Last, Since, Start
    from tertulia_wire.cursors import Cursor

_MODULES = {
    "tertulia_client.api": ("Api", "PostReceipt"),
    "tertulia_client.blocking": ("BlockingClient",),
    "tertulia_client.bot": ("Bot",),
    "tertulia_client.bots.collection": ("Handlers",),
    "tertulia_client.bots.health": ("BotState", "Health"),
    "tertulia_client.bots.lanes": ("WhenFull",),
    "tertulia_client.bots.options": ("Lag",),
    "tertulia_client.bots.work": ("Retry",),
    "tertulia_client.client": ("Client",),
    "tertulia_client.connection": ("Follower",),
    "tertulia_client.errors": (
        "AddressError",
        "ApiError",
        "ClientError",
        "FollowRefused",
        "NotTertulia",
        "ServerUnreachable",
    ),
    "tertulia_client.events": (
        "Author",
        "Event",
        "MemberChanged",
        "ModerationChanged",
        "Notification",
        "Notified",
        "PostCreated",
        "PostEdited",
        "PostEvent",
        "PostRated",
        "PostRemoved",
        "Reset",
        "Thread",
        "ThreadChanged",
        "ThreadCreated",
        "ThreadEvent",
    ),
    "tertulia_client.subscription": ("Last", "Since", "Start"),
    "tertulia_wire.cursors": ("Cursor",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AddressError",
    "Api",
    "ApiError",
    "Author",
    "BlockingClient",
    "Bot",
    "BotState",
    "Client",
    "ClientError",
    "Cursor",
    "Event",
    "FollowRefused",
    "Follower",
    "Handlers",
    "Health",
    "Lag",
    "Last",
    "MemberChanged",
    "ModerationChanged",
    "NotTertulia",
    "Notification",
    "Notified",
    "PostCreated",
    "PostEdited",
    "PostEvent",
    "PostRated",
    "PostReceipt",
    "PostRemoved",
    "Reset",
    "Retry",
    "ServerUnreachable",
    "Since",
    "Start",
    "Thread",
    "ThreadChanged",
    "ThreadCreated",
    "ThreadEvent",
    "WhenFull",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
