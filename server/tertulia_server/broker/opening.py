"""A broker by its URL."""

from __future__ import annotations

from urllib.parse import urlsplit

from tertulia_server.broker.addresses import read_target
from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import Broker
from tertulia_server.broker.redis import RedisBroker


def open_broker(url: str) -> Broker:
    """``memory://``, or one of the URLs of `addresses`; `StartError` for anything else. Nothing is connected yet."""
    if urlsplit(url).scheme == "memory":
        return MemoryBroker()
    return RedisBroker(read_target(url))
