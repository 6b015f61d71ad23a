"""A broker by its URL."""

from __future__ import annotations

from urllib.parse import urlsplit

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import Broker
from tertulia_server.broker.redis import RedisBroker
from tertulia_server.errors import StartError


def open_broker(url: str) -> Broker:
    """``memory://``, or ``redis://HOST:PORT/DB``; `StartError` for anything else. Nothing is connected yet."""
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return MemoryBroker()
    if scheme in {"redis", "rediss"}:
        try:
            return RedisBroker(url)
        except ValueError as error:
            raise StartError(f"The broker's URL cannot be read: {error}.") from error
    raise StartError(f"A broker is memory:// or redis://HOST:PORT/DB, not {url!r}.")
