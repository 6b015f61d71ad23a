"""What a run found, as a table for people and as plain values for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from tertulia_client.ledger import Balance
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.provenance import as_sentence
from tertulia_client.load.server_metrics import ServerMoment
from tertulia_client.load.soundness import STARVED_SHARE, Parts, Soundness, judge
from tertulia_client.load.timeline import Moment

MAX_COMPLAINTS: Final = 10
MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """``delivery_times``: from the planned time of a post to its arrival at each reader."""

    run: str
    thread_url: str
    readers: int
    connected: int
    reconnects: int
    connect_s: float
    connect_times: Histogram
    acknowledged: int
    failed: int
    first_failure: str
    acknowledge_times: Histogram
    delivery_times: Histogram
    balance: Balance
    complaints: Sequence[str]
    loop_lags: Histogram
    cpu_share: float
    is_cut_short: bool = False
    gone_at_s: float | None = None
    """When the server ended and did not come back: seconds from the beginning."""
    scenario: str = "crowd"
    seed: int = 1
    verify: str = "full"
    busiest_share: float = 0.0
    """The largest share of a core that the generator took in any `BUSY_WINDOW_S` on end."""
    waited_share: float = 0.0
    """For which part of the time the generator wanted a core that others had."""
    parts: Parts = field(default_factory=Parts)
    """What the times of stamped deliveries are made of."""
    other_times: Mapping[str, Histogram] = field(default_factory=dict)
    memory_bytes: int = 0
    """The most that the generator's process had, of the one that leads."""
    moments: Sequence[Moment] = ()
    server_moments: Sequence[ServerMoment] = ()
    """What the server said of itself."""
    marks: Sequence[tuple[float, str]] = ()
    notes: Sequence[str] = ()
    """Sentences about how it was measured: whose clocks are known how well."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """When it was measured, with what and where: `provenance`."""

    @property
    def is_clean(self) -> bool:
        """Every post was acknowledged, and reached every reader once and in order."""
        return self.balance.is_clean and self.failed == 0 and self.gone_at_s is None

    @property
    def is_valid(self) -> bool:
        """Whether the times are the server's: false when the generator itself was saturated."""
        return self.soundness.is_valid

    @property
    def soundness(self) -> Soundness:
        """How the generator was."""
        return judge(self.parts, self.loop_lags, self.busiest_share, self.waited_share)

    def as_text(self) -> str:
        """A table, and below it what is to be said."""
        rows = [("", "count", "p50", "p90", "p99", "max"), *self.time_rows]
        lines = [f"{self.scenario}, seed {self.seed}: run {self.run} in {self.thread_url}"]
        lines += [as_sentence(self.provenance), ""] if self.provenance else [""]
        lines += [f"{name:<14}{value:>12}" for name, value in self.count_rows]
        widths = [max(11, *(len(cell) + 2 for cell in column)) for column in list(zip(*rows, strict=True))[1:]]
        cells = (map(str.rjust, row[1:], widths) for row in rows)
        lines += ["", *(f"{row[0]:<22}" + "".join(these) for row, these in zip(rows, cells, strict=True)), ""]
        return "\n".join(lines + list(self.sentences))

    def as_values(self) -> dict[str, Any]:
        """For JSON; times in ms."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "run": self.run,
            "made": dict(self.provenance),
            "thread": self.thread_url,
            "is_clean": self.is_clean,
            "is_cut_short": self.is_cut_short,
            "server_gone_at_s": None if self.gone_at_s is None else round(self.gone_at_s, 1),
            "is_valid": self.is_valid,
            "verify": self.verify,
            "generator_cpu_share": round(self.cpu_share, 3),
            "generator_busiest_share": round(self.busiest_share, 3),
            "generator_waited_share": round(self.waited_share, 3),
            "generator_memory_mib": round(self.memory_bytes / MIB, 1),
            "connect_all_ms": round(self.connect_s * 1000, 3),
            **{name.replace(" ", "_"): int(value.replace(",", "")) for name, value in self.count_rows},
            "times_ms": {
                name: {"count": times.count, **{key: round(value_s * 1000, 3) for key, value_s in _quantiles(times)}}
                for name, times in self._times()
            },
            "moments": [_rounded(moment) for moment in self.moments],
            "server": [_rounded(moment) for moment in self.server_moments],
            "notes": list(self.notes),
            "marks": [[round(at_s, 3), words] for at_s, words in self.marks],
        }

    @property
    def count_rows(self) -> Sequence[tuple[str, str]]:
        balance = self.balance
        counts = [
            ("readers", self.readers),
            ("connected", self.connected),
            ("reconnects", self.reconnects),
            ("acknowledged", self.acknowledged),
            ("failed", self.failed),
            ("expected", balance.expected),
            ("received", balance.received),
            ("missing", balance.missing),
            ("duplicate", balance.duplicate),
            ("out of order", balance.out_of_order),
            ("resets", balance.resets),
        ]
        return [(name, f"{count:,}") for name, count in counts]

    def _times(self) -> Sequence[tuple[str, Histogram]]:
        parts = [("server's part", self.parts.server), ("generator's part", self.parts.generator)]
        return [
            ("publish to receive", self.delivery_times),
            *(parts if self.parts.whole.count else []),
            ("post acknowledged", self.acknowledge_times),
            ("connect", self.connect_times),
            *self.other_times.items(),
            ("generator's own lag", self.loop_lags),
        ]

    @property
    def time_rows(self) -> Sequence[tuple[str, ...]]:
        return [
            (name, f"{times.count:,}", *(_milliseconds(value_s) for _, value_s in _quantiles(times)))
            if times.count
            else (name, "0", "-", "-", "-", "-")
            for name, times in self._times()
        ]

    @property
    def sentences(self) -> Sequence[str]:
        sentences = [f"All readers were connected after {self.connect_s:.1f} s."] if self.connect_s else []
        if self.gone_at_s is not None:
            sentences.append(f"The server was gone from {self.gone_at_s:.1f} s on: this is what was found until then.")
        elif self.is_cut_short:
            sentences.append("The run was stopped before its end.")
        soundness = [self.soundness.sentence] if self.soundness.sentence else []
        sentences += [*(soundness if self.is_valid else []), *self.notes, *self._cost_sentences()]
        if self.failed:
            sentences.append(f"{self.failed} failed; the first: {self.first_failure}")
        sentences += self.complaints[:MAX_COMPLAINTS]
        if len(self.complaints) > MAX_COMPLAINTS:
            sentences.append(f"... and {len(self.complaints) - MAX_COMPLAINTS} more.")
        sentences.append(self.verdict)
        return sentences if self.is_valid else [*sentences, *soundness]  # it is what remains in mind

    def _cost_sentences(self) -> Sequence[str]:
        """What it took on both sides."""
        if not self.memory_bytes:
            return []
        waited = f", and waited for one during {self.waited_share:.0%} of the time"
        cpu_words = f"{self.cpu_share:.0%} of a core{waited if self.waited_share >= STARVED_SHARE else ''}"
        sentences = [f"The generator took {self.memory_bytes / MIB:,.0f} MiB and {cpu_words}."]
        if self.server_moments:
            cpu = sum(moment.cpu_share for moment in self.server_moments) / len(self.server_moments)
            memory = max(moment.memory_bytes for moment in self.server_moments)
            sentences.append(f"The server took {cpu:.0%} of a core and up to {memory / MIB:,.0f} MiB.")
        return sentences

    @property
    def verdict(self) -> str:
        """Of the books, whatever the times are worth."""
        if not self.balance.is_clean:
            return "FAILED: not every post reached every reader once and in order."
        if self.gone_at_s is not None:
            return "FAILED: the server ended in the middle of the run."
        if self.failed:
            return "FAILED: the server did not do all that it was asked for."
        if self.verify == "off":
            return "No books were kept: whether anything is missing is not known."
        if not self.readers:
            return "Everything that was asked for was done."
        if not self.balance.expected:
            return "No reader was there for anything that was written: the books prove nothing."
        return "Nothing is missing, nothing came twice or out of order."


def _quantiles(times: Histogram) -> Sequence[tuple[str, float]]:
    return [*((f"p{percent}", times.percentile_s(percent)) for percent in (50, 90, 99)), ("max", times.max_s)]


def _milliseconds(value_s: float) -> str:
    return f"{value_s * 1000:,.1f} ms"


def _rounded(moment: Moment | ServerMoment) -> dict[str, float]:
    """Seconds, as they stand in the moment."""
    return {name: round(value, 6) for name, value in asdict(moment).items()}
