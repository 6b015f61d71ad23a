"""A run as it goes, on a terminal: one screen, new each second."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tertulia_client.load.soundness import judge
from tertulia_client.load.stage import Stage
from tertulia_client.load.timeline import Moment

SECONDS_SHOWN: Final = 60
SENTENCES_SHOWN: Final = 5
MAX_READERS_BALANCED: Final = 2_000
"""Adding up more accounts than these each second would be a load of its own."""

_BARS: Final = " ▁▂▃▄▅▆▇█"


class LiveView:
    """``with LiveView(console) as view``: hand it sentences (`say`) and seconds (`show`)."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._sentences: deque[str] = deque(maxlen=SENTENCES_SHOWN)
        self._moments: deque[Moment] = deque(maxlen=SECONDS_SHOWN)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, sentence: str) -> None:
        self._sentences.append(sentence)
        self._live.update(self._render(Table.grid()), refresh=True)

    def show(self, stage: Stage, moment: Moment) -> None:
        """The second that has just ended."""
        self._moments.append(moment)
        self._live.update(self._render(figures_table(stage, moment)), refresh=True)

    def _render(self, table: Table) -> Group:
        p99_ms = [moment.p99_s * 1000 for moment in self._moments]
        curve = Text(f"p99 {bars(p99_ms)} {max(p99_ms, default=0):,.0f} ms at most", style="dim")
        return Group(*(Text(sentence, style="dim") for sentence in self._sentences), table, curve)


def figures_table(stage: Stage, moment: Moment) -> Table:
    """Connections, rates, times, the ledger, and how the generator itself is."""
    plan, publisher, lag = stage.plan, stage.publisher, stage.lag
    table = Table.grid(padding=(0, 2))
    table.add_row("time", f"{moment.at_s:,.0f} s of {plan.duration_s:g} s")
    table.add_row(
        "readers", f"{moment.connected:,} of {plan.readers:,} connected; {stage.crowd.reconnects:,} came back"
    )
    table.add_row("posts", f"{publisher.acknowledged:,} acknowledged, {publisher.failed + stage.failed:,} failed")
    times = f"p50 {moment.p50_s * 1000:,.1f} ms, p99 {moment.p99_s * 1000:,.1f} ms" if moment.deliveries else "-"
    table.add_row("deliveries", f"{moment.deliveries:,} in this second, {times}")
    table.add_row("ledger", _ledger_words(stage))
    soundness = judge(stage.parts, lag.lags, lag.busiest_share)
    is_busy = not soundness.is_valid
    health = f"lag {moment.lag_s * 1000:,.1f} ms at p99, {lag.cpu_share:.0%} of a core"
    if soundness.added_s is not None:
        health = f"{soundness.added_s * 1000:,.1f} ms of p{soundness.percent:g}, {health}"
    table.add_row("generator", Text(f"{health}: saturated" if is_busy else health, style="bold red" if is_busy else ""))
    return table


def bars(values: list[float]) -> str:
    """A curve of one line; the highest value fills its place."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[round(value / highest * (len(_BARS) - 1))] for value in values)


def _ledger_words(stage: Stage) -> Text:
    if stage.plan.readers > MAX_READERS_BALANCED:
        return Text(f"{stage.delivery_times.count:,} received; the balance comes at the end")
    balance = stage.ledger.balance()
    faults = balance.duplicate + balance.out_of_order + balance.resets
    words = f"{balance.received:,} of {balance.expected:,} received, {balance.missing:,} under way or missing"
    return Text(f"{words}, {faults:,} faults" if faults else words, style="bold red" if faults else "")
