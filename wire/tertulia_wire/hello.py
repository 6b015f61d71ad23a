"""What a server says first."""

from __future__ import annotations

from tertulia_wire import limits
from tertulia_wire.data import HelloData
from tertulia_wire.version import PROTOCOL_VERSION, __version__


def hello_data(*, heartbeat_ms: int, member: int | None) -> HelloData:
    """The data of `Hello` from this release; ``member`` is the id of who is signed in, None for a guest."""
    return {
        "server": f"tertulia/{__version__}",
        "protocol": PROTOCOL_VERSION,
        "heartbeat_ms": heartbeat_ms,
        "limits": {
            "message_bytes": limits.MAX_CLIENT_MESSAGE_BYTES,
            "subscriptions": limits.MAX_SUBSCRIPTIONS_PER_CONNECTION,
            "subscriptions_per_message": limits.MAX_SUBSCRIPTIONS_PER_MESSAGE,
        },
        "member": member,
    }
