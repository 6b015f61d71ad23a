"""One channel followed by one connection: live, or lagging behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia_server.hub.frame import Frame


class Outlet(Protocol):
    """What a subscription asks of the connection that it belongs to."""

    is_writable: bool

    def stall(self) -> None:
        """The sink took its last frame for now: all subscriptions of the connection lag."""
        ...


class Follower(Protocol):
    """What a connection asks of the channel of a subscription."""

    name: str

    def start(self, subscription: Subscription) -> None:
        """A new subscription, which knows the seq from which it goes on."""
        ...

    def lag(self, subscription: Subscription) -> None:
        """From the seq that it was last given, the subscription reads for itself."""
        ...

    def resume(self, subscription: Subscription) -> None:
        """Its sink can take frames again."""
        ...

    def leave(self, subscription: Subscription) -> None:
        """It gets nothing more."""
        ...


class Subscription:
    """``seq``: the last one that it was given. ``reset_reason``: it must be told to start over before anything else."""

    __slots__ = ("channel", "is_live", "is_queued", "is_text", "outlet", "push", "reset_reason", "seq")

    def __init__(
        self, channel: Follower, outlet: Outlet, push: Callable[[Frame], bool], *, is_text: bool, seq: int
    ) -> None:
        self.channel = channel
        self.outlet = outlet
        self.push = push
        self.is_text = is_text
        self.seq = seq
        self.is_live = False
        self.is_queued = False
        self.reset_reason: str | None = None
