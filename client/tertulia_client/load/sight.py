"""What can be seen of a run while it goes: in one process, or added up over all that hold readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tertulia_client.ledger import NOTHING, Balance
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.loop_lag import LoopLag
from tertulia_client.load.soundness import Parts, Soundness, judge
from tertulia_client.load.timeline import Moment


@dataclass(slots=True)
class Sight:
    """``second`` are the times of what came in the second that has ended. Of the shares of several processes the
    largest count: one that is saturated is enough."""

    connected: int = 0
    reconnects: int = 0
    balance: Balance = NOTHING
    deliveries: Histogram = field(default_factory=Histogram)
    second: Histogram = field(default_factory=Histogram)
    parts: Parts = field(default_factory=Parts)
    lags: Histogram = field(default_factory=Histogram)
    busiest_share: float = 0.0
    cpu_share: float = 0.0
    waited_share: float = 0.0

    def note_lag(self, lag: LoopLag) -> None:
        self.lags = lag.lags
        self.busiest_share, self.cpu_share, self.waited_share = lag.busiest_share, lag.cpu_share, lag.waited_share

    @property
    def soundness(self) -> Soundness:
        return judge(self.parts, self.lags, self.busiest_share, self.waited_share)

    def as_values(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "connected": self.connected,
            "reconnects": self.reconnects,
            "balance": asdict(self.balance),
            "times": {name: times.as_values() for name, times in self._times().items()},
            "shares": [self.busiest_share, self.cpu_share, self.waited_share],
        }

    def add(self, values: Mapping[str, Any]) -> None:
        """What another process sees, from its `as_values`; into histograms of our own."""
        self.connected += values["connected"]
        self.reconnects += values["reconnects"]
        self.balance += Balance(**values["balance"])
        for name, times in self._times().items():
            times.merge(values["times"][name])
        shares = (self.busiest_share, self.cpu_share, self.waited_share)
        self.busiest_share, self.cpu_share, self.waited_share = map(max, shares, values["shares"])

    def apart(self) -> Sight:
        """The same, with histograms that can be added to."""
        other = Sight()
        other.add(self.as_values())
        return other

    def moment(self, moment: Moment) -> Moment:
        """That second, with what all have seen of it."""
        times = self.second
        p50_s, p99_s = times.percentile_s(50), times.percentile_s(99)
        counts = {"connected": self.connected, "deliveries": times.count}
        return replace(moment, **counts, p50_s=p50_s, p99_s=p99_s, max_s=times.max_s)

    def _times(self) -> Mapping[str, Histogram]:
        return {
            "deliveries": self.deliveries,
            "second": self.second,
            "whole": self.parts.whole,
            "server": self.parts.server,
            "generator": self.parts.generator,
            "lags": self.lags,
        }
