"""Live subscriptions and the rounds in which they are served: the same bytes for all, one round at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

from tertulia_server.hub.budget import Entry, is_stale
from tertulia_server.hub.core import Core
from tertulia_server.hub.figures import Figures
from tertulia_server.hub.frame import Frame
from tertulia_server.hub.history import History
from tertulia_server.hub.row import Row
from tertulia_server.hub.subscription import Subscription

SLICE_PUSHES: Final = 32
"""Pushes between two yields to the loop, about 0.4 ms: a request needs several turns of it, and waits for a
slice in each. The yield itself costs a fiftieth of one."""


class Round:
    """One run of events on its way to the subscriptions that were live when it began."""

    __slots__ = ("_parts", "after", "began_s", "entries", "until")

    def __init__(
        self, after: int, entries: Sequence[Entry], parts: Sequence[tuple[Row, Frame]], began_s: float
    ) -> None:
        self.after = after
        self.until = entries[-1].seq
        self.entries = entries
        self.began_s = began_s
        self._parts = parts
        for row, frame in parts:
            row.begin(frame)

    def push_slice(self) -> bool:
        """Serve the next subscriptions; True while there may be more."""
        room = SLICE_PUSHES
        for row, _ in self._parts:
            room -= row.serve(room)
        return not room

    def count(self, figures: Figures) -> None:
        """Book the whole round at its end."""
        figures.round_count += 1
        figures.push_delay.observe(figures.now_s() - self.began_s)
        for row, frame in self._parts:
            figures.delivery_count += row.served_count * len(self.entries)
            figures.pushed_bytes += row.served_count * frame.payload_bytes

    def end(self) -> None:
        for row, _ in self._parts:
            row.end()

    def rest(self) -> list[Subscription]:
        """Those that have not been served yet."""
        return [subscription for row, _ in self._parts for subscription in row.waiting]


class Rounds:
    """``seq``: where the last round ended, or will end: a subscription that stands there is live.

    Serves up to ``target``, the head of the channel. What is no longer in memory is read from the log once for all.
    ``on_advance`` is called when ``seq`` moved. ``pace_s`` is a delay of this channel's own, where it is the longer.
    """

    __slots__ = (
        "_began_s",
        "_core",
        "_due_s",
        "_history",
        "_is_busy",
        "_pace_s",
        "_round",
        "_rows",
        "on_advance",
        "seq",
        "target",
    )

    def __init__(self, core: Core, history: History, on_advance: Callable[[], None], *, pace_s: float = 0.0) -> None:
        self._core = core
        self._history = history
        self._rows: list[Row] = []
        self._round: Round | None = None
        self._is_busy = False
        self._began_s = float("-inf")
        self._pace_s = pace_s
        self._due_s: float | None = None
        self.seq = 0
        self.target = 0
        self.on_advance = on_advance

    @property
    def has_live(self) -> bool:
        return any(self._rows)

    @property
    def live(self) -> Sequence[Subscription]:
        return [*chain.from_iterable(row.members for row in self._rows)]

    def advance(self, target: int) -> None:
        """The head moved: a round, as soon as the loop is free; whatever moves it until then joins that round.

        With a delay (``round_delay_s``) a round begins that long after the one before it, at the earliest: an event
        that comes alone never waits, one that comes quickly after another waits for those behind it.
        """
        self.target = target
        if self._due_s is None:
            self._due_s = self._core.figures.now_s()
        if not self._is_busy:
            self._is_busy = True
            self._schedule()

    def join(self, subscription: Subscription) -> None:
        """Only for one whose seq is ours. A round under way does not come to it."""
        self._row_for(subscription).add(subscription)
        self._core.figures.live_count += 1

    def remove(self, subscription: Subscription) -> None:
        """No longer live: lagging, or gone. A round under way gives it nothing more, and it stands before that or
        behind it."""
        row = self._row_for(subscription)
        is_waiting = self._round is not None and row.is_waiting(subscription)
        subscription.seq = self._round.after if self._round is not None and is_waiting else self.seq
        row.remove(subscription)
        self._core.figures.live_count -= 1

    def move_to(self, seq: int) -> None:
        """Another log, or a first one: nobody is live, the round under way ends, and rounds begin behind ``seq``."""
        for subscription in self.live:
            self.remove(subscription)
        self._end_round()
        self.seq = self.target = seq

    def forget_post(self, post_id: int, before_seq: int) -> None:
        """A post changed while a round holds an older text of it: those who wait for that round read for themselves."""
        under_way = self._round
        if under_way is not None and any(is_stale(entry, post_id, before_seq) for entry in under_way.entries):
            for subscription in under_way.rest():
                subscription.channel.lag(subscription)

    def _row_for(self, subscription: Subscription) -> Row:
        for row in self._rows:
            if row.suits(subscription):
                return row
        row = Row(is_text=subscription.is_text, is_piped=subscription.pipe is not None)
        self._rows.append(row)
        return row

    def _end_round(self) -> None:
        if self._round is not None:
            self._round.end()
            self._round = None

    def _schedule(self) -> None:
        scheduler, delay_s = self._core.scheduler, self._delay_s
        wait_s = self._began_s + delay_s - scheduler.time() if delay_s else 0.0
        if wait_s > 0:
            scheduler.call_later(wait_s, self._begin)
        else:
            scheduler.call_soon(self._begin)

    @property
    def _delay_s(self) -> float:
        return max(self._pace_s, self._core.round_delay_s)

    def _begin(self) -> None:
        if self.seq >= self.target:
            self._is_busy = False
            return
        if not self.has_live:
            self._pass_to(self.target)
            self._is_busy = False
            self._due_s = None
            return
        entries = self._history.run(self.seq, self.target)
        if not entries:
            self._history.read(self.seq, self.target, self._read_done, is_aligned=False)
            return
        self._round = self._prepare(entries)
        self._began_s = self._core.scheduler.time()
        self._pass_to(self._round.until)
        self._push()

    def _prepare(self, entries: Sequence[Entry]) -> Round:
        began_s, self._due_s = self._due_s, None
        now_s = self._core.figures.now_s()
        if entries[-1].seq < self.target:
            self._due_s = now_s  # what does not fit waits for the next round
        rows = [row for row in self._rows if row]
        frames = {is_text: self._history.frame(entries, is_text=is_text) for is_text in {row.is_text for row in rows}}
        parts = [(row, frames[row.is_text]) for row in rows]
        return Round(self.seq, entries, parts, now_s if began_s is None else began_s)

    def _push(self) -> None:
        if self._round is not None and self._round.push_slice():
            self._core.scheduler.call_soon(self._push)
            return
        if self._round is not None:
            self._round.count(self._core.figures)
        self._end_round()
        if self._delay_s and self.seq < self.target:
            self._schedule()
        else:
            self._begin()

    def _read_done(self, first_seq: int) -> None:
        """Trimmed away under live readers: each is told so on its own way."""
        if first_seq > self.seq + 1:
            for subscription in self.live:
                subscription.channel.lag(subscription)
        self._begin()

    def _pass_to(self, seq: int) -> None:
        self.seq = seq
        self.on_advance()
