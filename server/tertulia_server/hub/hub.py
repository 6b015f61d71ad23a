"""The hub: who listens to what in this worker, and how events reach them.

Pure and synchronous: it knows no sockets, no tasks and no framework. Everything happens in calls from outside and in
calls that it asked its `Scheduler` for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tertulia_server.broker.port import Publication
from tertulia_server.hub.budget import Budget
from tertulia_server.hub.channel import Channel
from tertulia_server.hub.core import Core
from tertulia_server.hub.figures import Figures
from tertulia_server.hub.frame import SignalFrames
from tertulia_server.hub.gate import Gate
from tertulia_server.hub.joiner import Joiner
from tertulia_server.hub.listener import Listener
from tertulia_server.hub.ports import LogSource, Scheduler
from tertulia_server.hub.sink import Sink
from tertulia_server.hub.subscription import Subscription
from tertulia_wire.cursors import RESET_EPOCH


class Hub:
    """One per worker.

    ``follow`` and ``unfollow`` are the broker's. `start` or the first `renew` gives the epoch of the log; without it
    nothing can be subscribed to. ``round_delay_s`` is the most that an event waits for the next ones of its channel
    when they come quickly.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        log_source: LogSource,
        *,
        budget_bytes: int,
        follow: Callable[[str], None],
        unfollow: Callable[[str], None],
        round_delay_s: float = 0.0,
    ) -> None:
        self._core = Core(scheduler, log_source, Budget(budget_bytes), round_delay_s)
        self.joiner = Joiner(scheduler)
        self._follow = follow
        self._unfollow = unfollow
        self._channels: dict[str, Channel] = {}
        self._listeners: set[Listener] = set()

    @property
    def epoch(self) -> str:
        """The identity of the log that is believed in; "" before the first `renew`."""
        return self._core.epoch

    @property
    def channels(self) -> Sequence[str]:
        """The channels that somebody follows, or is about to."""
        return tuple(self._channels)

    @property
    def listeners(self) -> Sequence[Listener]:
        return tuple(self._listeners)

    @property
    def listener_count(self) -> int:
        return len(self._listeners)

    @property
    def remembered_bytes(self) -> int:
        """Memory spent on recent events and blocks of the log."""
        return self._core.budget.used_bytes

    @property
    def repair_count(self) -> int:
        """Gaps that were closed by reading the log."""
        return self._core.repair_count

    @property
    def log_read_count(self) -> int:
        return self._core.reads.started_count

    @property
    def waiting_log_read_count(self) -> int:
        return self._core.reads.waiting_count

    @property
    def figures(self) -> Figures:
        """What was counted in the rounds, and how many subscriptions are live and lagging."""
        return self._core.figures

    @property
    def gate(self) -> Gate:
        """What holds back whatever was written after a change of rights, until that was applied here."""
        return self._core.gate

    def on_doubt(self, callback: Callable[[], None]) -> None:
        """``callback`` is called when the log does not look like the one that we know: a look at the store is due."""
        self._core.on_doubt = callback

    def on_renew(self, callback: Callable[[], None]) -> None:
        """``callback`` is called when the log became another one."""
        self._core.on_renew = callback

    def receive(self, publication: Publication) -> None:
        """A fresh event, from our own broker: lost, doubled or out of order as it may be. Never raises."""
        channel = self._channels.get(publication.channel)
        if channel is None:
            return
        if publication.epoch != self.epoch:
            self._core.doubt()
            return
        gate, rights_seq = self._core.gate, publication.rights_seq
        if gate.is_ahead(rights_seq):
            if not gate.wait(rights_seq, lambda: self.receive(publication)):
                channel.notice(publication.seq)
        elif gate.is_outdated(rights_seq):
            channel.notice(publication.seq)
        else:
            channel.receive(publication)

    def signal(self, name: str, frames: SignalFrames) -> None:
        """Pass a signal on to the listeners of a channel; whoever is slow goes without."""
        for subscription in self.subscriptions(name):
            if isinstance(subscription.outlet, Listener):
                subscription.outlet.signal(name, frames)

    def subscriptions(self, name: str) -> Sequence[Subscription]:
        """All of one channel, live and lagging; none of a channel that nobody follows."""
        channel = self._channels.get(name)
        return () if channel is None else channel.subscriptions

    def forget(self, name: str) -> None:
        """What is remembered of the channel may no longer be so: it is read again where it is needed."""
        channel = self._channels.get(name)
        if channel is not None:
            channel.history.forget_all()

    def notice_head(self, name: str, epoch: str, seq: int) -> None:
        """The store says that the channel has events up to ``seq``."""
        channel = self._channels.get(name)
        if channel is not None and epoch == self.epoch:
            channel.notice(seq)

    def head(self, name: str) -> int:
        """The seq up to which the channel's events were seen here; 0 for a channel that is not open."""
        channel = self._channels.get(name)
        return channel.head if channel is not None and channel.is_open else 0

    def renew(self, epoch: str, heads: Mapping[str, int]) -> None:
        """The log is another one: whoever follows a channel is told to start over behind its head (0 if not given)."""
        if epoch != self._core.epoch:
            self._core.epoch = epoch
            self._core.on_renew()
        for name, channel in self._channels.items():
            channel.renew(heads.get(name, 0), RESET_EPOCH)

    @contextmanager
    def hold(self, names: Iterable[str]) -> Iterator[None]:
        """Hear what happens in these channels from now on, while the store is asked about them.

        Whatever is committed after that question was answered is then published to us, or found by the sweep.
        """
        held = [self.enter(name) for name in dict.fromkeys(names)]
        for channel in held:
            channel.hold_count += 1
        try:
            yield
        finally:
            for channel in held:
                channel.hold_count -= 1
                self.tidy(channel.name)

    def connect(self, sink: Sink) -> Listener:
        """A connection; its owner calls `Listener.close` when it is over."""
        listener = Listener(self, sink, self._listeners.discard)
        self._listeners.add(listener)
        return listener

    def enter(self, name: str) -> Channel:
        """The channel of that name, followed at the broker from now on."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = Channel(self._core, name)
            self._follow(name)
        return channel

    def tidy(self, name: str) -> None:
        """Forget the channel if nobody needs it any more."""
        channel = self._channels.get(name)
        if channel is not None and channel.is_idle:
            del self._channels[name]
            channel.close()
            self._unfollow(name)
