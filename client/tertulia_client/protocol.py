"""The client's side of the conversation, without I/O: bytes in, bytes and notices out.

It outlives connections: what is followed, and how far, stays; each new connection resumes everything with one
message. It never raises for what a server sends. The clock and the source of chance are handed in.

    shell                                       protocol
    connection_made()                     ->    outgoing(): one `subscribe` for all channels
    receive(payload)                      ->    notices(), outgoing()
    tick() at next_deadline_s             ->    outgoing(): pings, tries that fell due; closing
    connection_lost()                     ->    everything waits for the next connection
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tertulia_client import notices as n
from tertulia_client.backoff import full_jitter_s
from tertulia_client.heartbeat import Heartbeat, Pulse
from tertulia_client.subscription import ChannelState, Since, Start, Subscription, events_back, moved_reason
from tertulia_wire import messages as m
from tertulia_wire.codec import Encoding, decode_server_message, encode
from tertulia_wire.codes import Action, Code, action_of
from tertulia_wire.cursors import Cursor
from tertulia_wire.errors import DecodeError
from tertulia_wire.limits import MAX_REF, MAX_SUBSCRIPTIONS_PER_MESSAGE

ASKED = "asked"
"""Reason of an `unsubscribed` that answers our own `unsubscribe`."""

CLOSE_NORMAL = 1000
CLOSE_GOING_AWAY = 1001


@dataclass(frozen=True, slots=True)
class Closing:
    """The connection is to be closed with this code; ``is_abort``: the peer is not there to answer."""

    code: int
    reason: str
    is_abort: bool = False


class ClientProtocol:
    """Follows channels over any number of connections, one after the other."""

    def __init__(
        self, *, clock: Callable[[], float], rng: random.Random, encoding: Encoding = Encoding.MSGPACK
    ) -> None:
        """``clock`` gives seconds that never go back."""
        self.encoding = encoding
        self.closing: Closing | None = None
        """Set when the shell must close this connection; input is ignored from then on."""
        self.come_back_at_s: float | None = None
        """After a `drain`: not to be back before."""
        self.retry_after_ms: int | None = None
        """What an error that concerns the whole connection told us; for the wait after its end."""
        self._clock = clock
        self._rng = rng
        self._heartbeat = Heartbeat()
        self._subscriptions: dict[str, Subscription] = {}
        self._outgoing: list[bytes] = []
        self._notices: list[n.Notice] = []
        self._is_connected = False
        self._last_ref = 0

    # What the user asks for

    def follow(self, channel: str, since: Since = Start.NOW) -> None:
        """Follow a channel from ``since``. Once per channel: a second call is void."""
        if channel in self._subscriptions:
            return
        cursor = since if isinstance(since, Cursor) else None
        self._subscriptions[channel] = Subscription(channel, cursor, back_events=events_back(since))
        self._subscribe_due()

    def unfollow(self, channel: str) -> None:
        """Follow it no longer; what is under way for it is dropped."""
        subscription = self._subscriptions.pop(channel, None)
        if subscription is not None and subscription.state is not ChannelState.WAITING:
            self._send(m.Unsubscribe(self._next_ref(), [channel]))

    @property
    def cursors(self) -> dict[str, Cursor]:
        """How far each followed channel was received, where that is known."""
        return {name: item.cursor for name, item in self._subscriptions.items() if item.cursor is not None}

    @property
    def channels(self) -> dict[str, ChannelState]:
        """The state of each followed channel."""
        return {name: item.state for name, item in self._subscriptions.items()}

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    @property
    def silence_s(self) -> float | None:
        """How long nothing was heard on this connection; None if there is none, or if nobody reads from it."""
        return self._heartbeat.silence_s(self._clock())

    @property
    def heartbeat_s(self) -> float:
        """The silence after which the server is asked whether it lives."""
        return self._heartbeat.interval_s

    @property
    def is_live(self) -> bool:
        """Connected, and every followed channel has caught up."""
        return self._is_connected and all(item.state is ChannelState.LIVE for item in self._subscriptions.values())

    # What the shell reports

    def connection_made(self) -> None:
        """A new connection stands: resume everything."""
        self.closing = None
        self.come_back_at_s = None
        self.retry_after_ms = None
        self._is_connected = True
        self._heartbeat.start(self._clock())
        self._subscribe_due()

    def connection_lost(self) -> None:
        """It is gone, for whatever reason; what was not sent is not sent any more."""
        self._is_connected = False
        self._heartbeat.stop()
        self._outgoing.clear()
        for subscription in self._subscriptions.values():
            if subscription.state is not ChannelState.WAITING:
                subscription.wait()

    def receive(self, payload: bytes | str) -> None:
        """One WebSocket message from the server."""
        if self.closing is not None or not self._is_connected:
            return
        self._heartbeat.heard(self._clock())
        try:
            message = decode_server_message(payload, self.encoding)
        except DecodeError as error:
            if error.code is not Code.UNKNOWN_KIND:
                self.closing = Closing(int(error.code), "malformed message")
            return
        self._handle(message)

    def pause(self) -> None:
        """The shell stops reading for a while: silence means nothing."""
        self._heartbeat.stop()

    def resume(self) -> None:
        """The shell reads again."""
        if self._is_connected:
            self._heartbeat.resume(self._clock())

    def tick(self) -> None:
        """To be called at `next_deadline_s`; earlier or later does no harm."""
        if not self._is_connected or self.closing is not None:
            return
        now_s = self._clock()
        match self._heartbeat.check(now_s):
            case Pulse.PING_DUE:
                self._send(m.Ping(self._next_ref()))
            case Pulse.DEAD:
                self.closing = Closing(CLOSE_GOING_AWAY, "the server does not answer", is_abort=True)
                return
            case Pulse.FINE:
                pass
        if self.come_back_at_s is not None and now_s >= self.come_back_at_s:
            self.closing = Closing(CLOSE_NORMAL, "drained")
            return
        self._subscribe_due()

    @property
    def next_deadline_s(self) -> float | None:
        """When `tick` has something to do, by the same clock; None: only after something else happened."""
        if not self._is_connected or self.closing is not None:
            return None
        deadlines_s = [item.retry_at_s for item in self._subscriptions.values()]
        deadlines_s += [self._heartbeat.deadline_s, self.come_back_at_s]
        return min((deadline_s for deadline_s in deadlines_s if deadline_s is not None), default=None)

    @property
    def has_outgoing(self) -> bool:
        return bool(self._outgoing)

    def outgoing(self) -> list[bytes]:
        """Messages to send, oldest first, each one WebSocket message; taken out by this call."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def notices(self) -> list[n.Notice]:
        """What happened, oldest first; taken out by this call."""
        taken, self._notices = self._notices, []
        return taken

    # What the server says

    def _handle(self, message: m.ServerMessage) -> None:
        match message:
            case m.Event():
                self._on_event(message)
            case m.Hello(data):
                self._heartbeat.set_interval(data.get("heartbeat_ms"))
                self._notices.append(n.Greeted(data))
            case m.Subscribed():
                self._on_subscribed(message)
            case m.Signal(channel, name, data):
                if channel in self._subscriptions:
                    self._notices.append(n.SignalReceived(channel, name, data))
            case m.Reset():
                self._on_reset(message)
            case m.Unsubscribed(channel, reason):
                self._on_unsubscribed(channel, reason)
            case m.Error():
                self._on_error(message)
            case m.Drain(after_ms):
                self.come_back_at_s = self._clock() + after_ms / 1000
                self._notices.append(n.DrainAnnounced(after_ms))
            case m.Pong():
                pass

    def _on_event(self, event: m.Event) -> None:
        subscription = self._subscriptions.get(event.channel)
        if subscription is None or not subscription.is_followed or subscription.cursor is None:
            return  # left over from a subscription that we gave up
        held = subscription.cursor
        if event.seq <= held.seq:
            return
        if event.seq > held.seq + 1:
            self._notices.append(n.HoleFound(event.channel, held.seq + 1, event.seq))
            self._subscribe_again(subscription)
            return
        subscription.cursor = Cursor(held.epoch, event.seq)
        subscription.attempt = 0
        subscription.is_reset_implied = False
        name = sys.intern(event.name)  # bots keep it for thousands of events: once is enough
        self._notices.append(n.EventReceived(subscription.channel, event.seq, name, event.data, subscription.cursor))
        self._note_if_live(subscription)

    def _on_subscribed(self, message: m.Subscribed) -> None:
        for item in message.items:
            subscription = self._subscriptions.get(item.channel)
            if subscription is None or subscription.ref != message.ref:
                continue  # an answer to a question that we no longer ask
            if isinstance(item, m.Accepted):
                self._on_accepted(subscription, item)
            else:
                self._on_refused(subscription, item.code, item.message, item.retry_after_ms)

    def _on_accepted(self, subscription: Subscription, item: m.Accepted) -> None:
        subscription.accepted(item.head)
        if subscription.cursor is None:
            subscription.cursor = item.cursor
            if subscription.back_events is not None:
                self._go_back(subscription, item.cursor, subscription.back_events)
                return
        else:
            reason = moved_reason(subscription.cursor, item.cursor, item.head)
            if reason is not None:
                subscription.cursor = Cursor(item.cursor.epoch, min(item.cursor.seq, item.head))
                subscription.is_reset_implied = True
                self._notices.append(n.ChannelReset(item.channel, subscription.cursor, reason))
        self._note_if_live(subscription)

    def _go_back(self, subscription: Subscription, given: Cursor, events: int) -> None:
        """Only now are epoch and head known, without which there is no cursor to ask with."""
        subscription.back_events = None
        subscription.cursor = Cursor(given.epoch, max(0, given.seq - events))
        if subscription.cursor == given:
            self._note_if_live(subscription)
        else:
            self._send(m.Unsubscribe(self._next_ref(), [subscription.channel]))
            subscription.wait()
            self._subscribe_due()

    def _on_refused(self, subscription: Subscription, code: int, message: str, retry_after_ms: int | None) -> None:
        if action_of(code) in (Action.RETRY, Action.RESUBSCRIBE):
            delay_s = full_jitter_s(self._rng, subscription.attempt) + (retry_after_ms or 0) / 1000
            subscription.attempt += 1
            subscription.wait(self._clock() + delay_s)
            self._notices.append(n.ChannelDelayed(subscription.channel, code, message, delay_s))
        elif code == Code.ALREADY_SUBSCRIBED:  # our `unsubscribe` was lost: only a new connection makes us agree
            subscription.wait()
            self.closing = Closing(CLOSE_NORMAL, "out of step with the server")
        else:
            self._end(subscription, message, code)

    def _on_reset(self, reset: m.Reset) -> None:
        subscription = self._subscriptions.get(reset.channel)
        if subscription is None or subscription.state is ChannelState.WAITING:
            return
        is_known = subscription.is_reset_implied and subscription.cursor == reset.cursor
        subscription.is_reset_implied = False
        if is_known:
            return
        if subscription.cursor is None or subscription.cursor.epoch != reset.cursor.epoch:
            subscription.head = reset.cursor.seq
        subscription.cursor = reset.cursor
        subscription.back_events = None
        self._notices.append(n.ChannelReset(reset.channel, reset.cursor, reset.reason))
        if subscription.is_followed:
            self._note_if_live(subscription)

    def _on_unsubscribed(self, channel: str, reason: str) -> None:
        subscription = self._subscriptions.get(channel)
        if subscription is not None and subscription.is_followed and reason != ASKED:
            self._end(subscription, reason, None)

    def _on_error(self, error: m.Error) -> None:
        asked = [item for item in self._subscriptions.values() if error.ref is not None and item.ref == error.ref]
        for subscription in asked:
            if subscription.state is ChannelState.SUBSCRIBING:
                self._on_refused(subscription, error.code, error.message, error.retry_after_ms)
        if error.ref is None and action_of(error.code) is Action.RETRY:
            self.retry_after_ms = error.retry_after_ms
        if not asked:
            self._notices.append(n.ErrorReceived(error.code, error.message, error.retry_after_ms))

    # What follows from it

    def _note_if_live(self, subscription: Subscription) -> None:
        cursor = subscription.cursor
        if subscription.state is ChannelState.CATCHING_UP and cursor is not None and cursor.seq >= subscription.head:
            subscription.state = ChannelState.LIVE
            self._notices.append(n.ChannelLive(subscription.channel, cursor))

    def _subscribe_again(self, subscription: Subscription) -> None:
        """At once the first time; then ever later, so that a broken server is not asked in a loop."""
        delay_s = full_jitter_s(self._rng, subscription.attempt) if subscription.attempt else 0.0
        subscription.attempt += 1
        self._send(m.Unsubscribe(self._next_ref(), [subscription.channel]))
        subscription.wait(self._clock() + delay_s)
        self._subscribe_due()

    def _end(self, subscription: Subscription, reason: str, code: int | None) -> None:
        del self._subscriptions[subscription.channel]
        self._notices.append(n.ChannelEnded(subscription.channel, reason, code, subscription.cursor))

    def _subscribe_due(self) -> None:
        if not self._is_connected or self.closing is not None:
            return
        now_s = self._clock()
        due = [
            item
            for item in self._subscriptions.values()
            if item.state is ChannelState.WAITING and (item.retry_at_s is None or item.retry_at_s <= now_s)
        ]
        for first in range(0, len(due), MAX_SUBSCRIPTIONS_PER_MESSAGE):
            some = due[first : first + MAX_SUBSCRIPTIONS_PER_MESSAGE]
            ref = self._next_ref()
            for item in some:
                item.asked(ref)
            self._send(m.Subscribe(ref, [(item.channel, item.cursor) for item in some]))

    def _send(self, message: m.ClientMessage) -> None:
        if self._is_connected:
            self._outgoing.append(encode(message, self.encoding))

    def _next_ref(self) -> int:
        self._last_ref = self._last_ref % MAX_REF + 1
        return self._last_ref
