"""One channel followed by one connection: live, or lagging behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tertulia_server.hub.frame import Frame

Push = Callable[[Frame], bool]
"""As `Sink.push`."""


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

    def redirect(self, subscription: Subscription, push: Push) -> None:
        """It is pushed to in another way from now on, and no longer by a pipe."""
        ...

    def leave(self, subscription: Subscription) -> None:
        """It gets nothing more."""
        ...


class Subscription:
    """``seq``: the last one that it was given; while it is live the rounds know that, and not we.

    ``pipe``: what rounds write to, in place of pushing. ``place``: where it stands among the live ones of its kind, -1
    while it lags. ``reset_reason``: it must be told to start over before anything else.
    """

    __slots__ = ("channel", "is_queued", "is_text", "outlet", "pipe", "place", "push", "reset_reason", "seq")

    def __init__(
        self,
        channel: Follower,
        outlet: Outlet,
        push: Push,
        pipe: Callable[[bytes], None] | None = None,
        *,
        is_text: bool,
        seq: int,
    ) -> None:
        self.channel = channel
        self.outlet = outlet
        self.push = push
        self.pipe = pipe
        self.is_text = is_text
        self.seq = seq
        self.place = -1
        self.is_queued = False
        self.reset_reason: str | None = None

    @property
    def is_live(self) -> bool:
        return self.place >= 0

    def offer(self, frame: Frame) -> None:
        """Push it; if the sink wants no more, all subscriptions of the connection lag from here."""
        if not self.push(frame):
            self.outlet.stall()
