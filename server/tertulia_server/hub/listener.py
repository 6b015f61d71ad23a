"""One connection in the hub: its sink and what it follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tertulia_server.forum.models import GUEST, Proof
from tertulia_server.hub.channel import Channel
from tertulia_server.hub.frame import Frame, SignalFrames
from tertulia_server.hub.history import MAX_FRAME_BYTES
from tertulia_server.hub.joiner import Joiner
from tertulia_server.hub.sink import Sink
from tertulia_server.hub.subscription import Subscription
from tertulia_wire.codec import encode
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor, reset_reason
from tertulia_wire.messages import Accepted, Refused, Reset, ServerMessage, Subscribed, Unsubscribed

REASON_ASKED = "asked"
"""Why a channel is no longer followed: the client asked for that."""

REASON_RIGHTS = "rights"
"""Or it may no longer be read."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A channel that the connection may follow from ``cursor`` (None: from now), and what the store says of it."""

    channel: str
    cursor: Cursor | None
    head: int
    first_seq: int

    @property
    def is_behind(self) -> bool:
        """Whether there is something to catch up with."""
        return self.cursor is not None and self.cursor.seq < self.head


class Doors(Protocol):
    """What a listener needs of its hub: channels to enter, and to leave idle."""

    @property
    def epoch(self) -> str: ...

    def enter(self, name: str) -> Channel: ...

    @property
    def joiner(self) -> Joiner: ...

    def tidy(self, name: str) -> None: ...


class Listener:
    """Made by `Hub.connect`. Everything that it sends goes by the one sink, so replies and events keep their order.

    ``visitor`` is whose connection it is, with the rights that hold now, and ``proof`` by what that is known (None: by
    nothing, or by something that has ended). ``on_drop`` is told a channel that may no longer be followed.
    """

    __slots__ = (
        "_held",
        "_held_bytes",
        "_hub",
        "_on_close",
        "_sink",
        "_subscriptions",
        "is_closed",
        "is_writable",
        "on_drop",
        "on_leave",
        "proof",
        "visitor",
    )

    def __init__(self, hub: Doors, sink: Sink, on_close: Callable[[Listener], None]) -> None:
        self._hub = hub
        self._sink = sink
        self._on_close = on_close
        self._subscriptions: dict[str, Subscription] = {}
        self._held: list[Frame] | None = None
        self._held_bytes = 0
        self.is_writable = True
        self.is_closed = False
        self.on_leave: Callable[[Listener, str], None] | None = None
        """Told of each channel that is no longer followed."""
        self.visitor = GUEST
        self.proof: Proof | None = None
        self.on_drop: Callable[[str], None] = _not_told
        sink.on_writable = self._resume
        if sink.pipe is not None:
            sink.pipe.on_full = self.stall

    def follows(self, channel: str) -> bool:
        return channel in self._subscriptions

    @property
    def channels(self) -> Sequence[str]:
        return tuple(self._subscriptions)

    @property
    def subscription_count(self) -> int:
        return len(self._subscriptions)

    def send(self, *messages: ServerMessage) -> None:
        """Replies of this connection, as one small frame."""
        self.flush()
        encoding = self._sink.encoding
        payloads = [encode(message, encoding) for message in messages]
        if not self._sink.push(Frame(payloads, is_text=encoding.is_text)):
            self.stall()

    def subscribe(self, ref: int, answers: Sequence[Grant | Refused]) -> None:
        """Answer a `Subscribe` and begin to follow what was granted; the caller held these channels in the hub.

        No channel may be followed already, and all grants come from one reading of the store in the hub's epoch.
        """
        if self.is_closed:
            return
        outcomes: list[Accepted | Refused] = []
        resets: list[Reset] = []
        starts: list[Subscription] = []
        for answer in answers:
            if isinstance(answer, Refused):
                outcomes.append(answer)
                continue
            channel = self._hub.enter(answer.channel)
            channel.open(answer.head)
            accepted, reset = self._place(answer, max(answer.head, channel.head))
            outcomes.append(accepted)
            resets += [reset] if reset else []
            starts.append(self._add(channel, accepted.cursor.seq))
        self.send(Subscribed(ref, outcomes), *resets)
        for subscription in starts:
            subscription.channel.start(subscription)

    def unsubscribe(self, channel: str, reason: str = REASON_ASKED) -> None:
        """Stop following, and say so; nothing happens for a channel that is not followed."""
        subscription = self._subscriptions.pop(channel, None)
        if subscription is None:
            return
        self._leave(subscription)
        self.send(Unsubscribed(channel, reason))

    def hold(self, frame: Frame) -> bool:
        """What the subscriptions of a connection with several of them push to: frames of one turn leave together."""
        if self._held is None:
            self._held = [frame]
            self._held_bytes = frame.payload_bytes
            self._hub.joiner.add(self)
            return self.is_writable
        self._held.append(frame)
        self._held_bytes += frame.payload_bytes
        if self._held_bytes > MAX_FRAME_BYTES:
            self.flush()
        return self.is_writable

    def signal(self, channel: str, frames: SignalFrames) -> bool:
        """Pass on a signal of a channel; False, and nothing is sent, if the subscription lags: events come first."""
        subscription = self._subscriptions.get(channel)
        if subscription is None or not subscription.is_live:
            return False
        if not subscription.push(frames.of(is_text=subscription.is_text)):
            self.stall()
        return True

    def flush(self) -> None:
        held, self._held = self._held, None
        if held and not self._sink.push(self._hub.joiner.join(held)):
            self.stall()

    def drop(self, channel: str) -> None:
        """The visitor may no longer read it: they are told so, and get nothing more of it."""
        if channel in self._subscriptions:
            self.unsubscribe(channel, REASON_RIGHTS)
            self.on_drop(channel)

    def stall(self) -> None:
        """The sink took its last frame for now."""
        self.is_writable = False
        for subscription in self._subscriptions.values():
            if subscription.is_live:
                subscription.channel.lag(subscription)

    def end(self, code: Code) -> None:
        """Say good-bye to the peer; its connection is over when the sink's owner says so, by `close`."""
        self.flush()
        self._sink.close(int(code), code.sentence)

    def close(self) -> None:
        """The connection is over. Idempotent."""
        if self.is_closed:
            return
        self.is_closed = True
        self.is_writable = False
        self._held = None
        subscriptions, self._subscriptions = self._subscriptions, {}
        for subscription in subscriptions.values():
            self._leave(subscription)
        self._sink.on_writable = _nothing  # the sink knew us as we know it
        if self._sink.pipe is not None:
            self._sink.pipe.on_full = _nothing
        self._on_close(self)

    def _place(self, grant: Grant, head: int) -> tuple[Accepted, Reset | None]:
        epoch = self._hub.epoch
        now = Cursor(epoch, head)
        if grant.cursor is None:
            return Accepted(grant.channel, now, head), None
        reason = reset_reason(grant.cursor, epoch=epoch, first=grant.first_seq, head=head)
        if reason is None:
            return Accepted(grant.channel, grant.cursor, head), None
        return Accepted(grant.channel, now, head), Reset(grant.channel, now, reason)

    def _add(self, channel: Channel, seq: int) -> Subscription:
        """The only subscription has the sink for itself; several hold their frames back, to be joined."""
        sink, is_only = self._sink, not self._subscriptions
        push = sink.push if is_only else self.hold
        pipe = sink.pipe.write if is_only and sink.pipe is not None else None
        subscription = Subscription(channel, self, push, pipe, is_text=sink.encoding.is_text, seq=seq)
        if len(self._subscriptions) == 1:
            for first in self._subscriptions.values():
                first.channel.redirect(first, push)
        self._subscriptions[channel.name] = subscription
        return subscription

    def _leave(self, subscription: Subscription) -> None:
        subscription.channel.leave(subscription)
        if self.on_leave is not None:
            self.on_leave(self, subscription.channel.name)
        self._hub.tidy(subscription.channel.name)

    def _resume(self) -> None:
        if self.is_closed:
            return
        self.is_writable = True
        for subscription in self._subscriptions.values():
            subscription.channel.resume(subscription)


def _nothing() -> None:
    return None


def _not_told(channel: str) -> None:
    del channel
