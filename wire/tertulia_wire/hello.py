"""What a server says first."""

from __future__ import annotations

from tertulia_wire import limits
from tertulia_wire.data import HelloData, WhoData
from tertulia_wire.version import PROTOCOL_VERSION, __version__


def hello_data(
    *,
    heartbeat_ms: int,
    member: WhoData | None,
    messages_per_s: int = 10,
    message_burst: int = 60,
    subscriptions: int = limits.MAX_SUBSCRIPTIONS_PER_CONNECTION,
) -> HelloData:
    """The data of `Hello` from this release; ``member`` is who is signed in, None for a guest."""
    return {
        "server": f"tertulia/{__version__}",
        "protocol": PROTOCOL_VERSION,
        "heartbeat_ms": heartbeat_ms,
        "limits": {
            "message_bytes": limits.MAX_CLIENT_MESSAGE_BYTES,
            "messages_per_s": messages_per_s,
            "message_burst": message_burst,
            "subscriptions": subscriptions,
            "subscriptions_per_message": min(subscriptions, limits.MAX_SUBSCRIPTIONS_PER_MESSAGE),
        },
        "member": member,
    }
