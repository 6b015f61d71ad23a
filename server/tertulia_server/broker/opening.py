"""A broker by its URL."""

from __future__ import annotations

from urllib.parse import urlsplit

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import Broker
from tertulia_server.errors import StartError


def open_broker(url: str) -> Broker:
    """``memory://``, or ``redis://HOST:PORT/DB``; `StartError` for anything else. Nothing is connected yet."""
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return MemoryBroker()
    raise StartError(f"A broker is memory:// or redis://HOST:PORT/DB, not {url!r}.")
