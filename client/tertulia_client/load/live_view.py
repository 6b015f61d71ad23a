"""A run as it goes, on a terminal: one screen, new each second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tertulia_client.ledger import Balance
from tertulia_client.load.bars import bars
from tertulia_client.load.histogram import Histogram
from tertulia_client.load.plan import Verify
from tertulia_client.load.report import MIB
from tertulia_client.load.sight import Sight
from tertulia_client.load.soundness import STARVED_SHARE
from tertulia_client.load.stage import OnMoment, Say, Stage
from tertulia_client.load.timeline import Moment

MAX_SECONDS_SHOWN: Final = 300
MAX_SENTENCES: Final = 200
LABEL_COLUMNS: Final = 12
MAX_CHART_ROWS: Final = 6
MAX_OTHER_ROWS: Final = 4
"""For times of the scenario's own: steps of users, pages."""

LEAST_SENTENCES: Final = 3
"""They keep this many lines, whatever the charts would like to have."""

GOOD: Final = "green"
BAD: Final = "bold red"
QUIET: Final = "dim"


class LiveView:
    """``with LiveView(console) as view``: hand it sentences (`say`) and seconds (`show`).

    It takes the whole window and gives it back; a window of another size is filled anew at the next second.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, screen=True)
        self._moments: deque[Moment] = deque(maxlen=MAX_SECONDS_SHOWN)
        self._stage: Stage | None = None
        self.sentences: deque[str] = deque(maxlen=MAX_SENTENCES)
        """What was said: of the screen nothing is left when it is given back."""

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self._draw()

    def show(self, stage: Stage, moment: Moment | None) -> None:
        """How it is now; ``moment`` is the second that has just ended, where it is one that counts."""
        self._stage = stage
        if moment is not None:
            self._moments.append(moment)
        self._draw()

    def _draw(self) -> None:
        self._live.update(self.render(self._console.width, self._console.height), refresh=True)

    def render(self, columns: int, rows: int) -> RenderableType:
        """Figures first, then curves and the latest sentences, as far as there is room for them."""
        if self._stage is None:
            return Group(*_last(self.sentences, rows))
        latest = self._moments[-1] if self._moments else None
        figures = figures_table(self._stage, latest)
        at_s = 0.0 if latest is None else latest.at_s
        parts: list[RenderableType] = [*headline(self._stage, at_s, columns), figures]
        room = rows - 3 - figures.row_count
        chart_rows = min(MAX_CHART_ROWS, (room - LEAST_SENTENCES - 4) // 2)
        if self._moments and chart_rows > 0:
            parts += ["", curves(list(self._moments), columns - LABEL_COLUMNS - 1, chart_rows)]
            room -= 2 * chart_rows + 2
        return Group(*parts, "", *_last(self.sentences, room - 1))


@contextmanager
def looked_on(console: Console, say: Say) -> Iterator[tuple[Say, OnMoment | None]]:
    """How the progress of a run is told: on a terminal that can be drawn on, and then line by line; or only so."""
    if not console.file.isatty() or console.is_dumb_terminal:
        yield say, None
        return
    view = LiveView(console)
    try:
        with view:
            yield view.say, view.show
    finally:
        for sentence in view.sentences:
            say(sentence)


def headline(stage: Stage, at_s: float, columns: int) -> Sequence[RenderableType]:
    """What is measured, and how far it is."""
    plan = stage.plan
    title = Text.assemble((plan.scenario, "bold"), f": {stage.phase}", no_wrap=True, overflow="ellipsis")
    where = Text(f"{plan.address.origin}, seed {plan.seed}", style=QUIET, no_wrap=True)
    line = Table.grid(expand=True)
    line.add_column(ratio=1)
    line.add_column(justify="right")
    line.add_row(title, where)
    words = f"{at_s:,.0f} of {plan.duration_s:,.0f} s"
    bar = Table.grid(padding=(0, 1))
    width = max(1, columns - len(words) - 1)
    bar.add_row(ProgressBar(total=plan.duration_s, completed=min(at_s, plan.duration_s), width=width), words)
    return [line, bar, ""]


def figures_table(stage: Stage, moment: Moment | None) -> Table:
    """Connections, rates, times, the ledger, the server, and how the generator itself is."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=LABEL_COLUMNS, style=QUIET)
    table.add_column()
    plan, publisher, sight = stage.plan, stage.publisher, stage.sight
    failed = publisher.failed + stage.failed
    came_back = f", {sight.reconnects:,} came back" if sight.reconnects else ""
    table.add_row("readers", f"{sight.connected:,} of {plan.readers:,} connected{came_back}")
    words = f"{publisher.acknowledged:,} of {plan.post_count:,} acknowledged"
    table.add_row("posts", Text.assemble(words, (f", {failed:,} failed", BAD) if failed else ""))
    for name, times in islice(stage.other_times.items(), MAX_OTHER_ROWS):
        table.add_row(name[: LABEL_COLUMNS - 1], f"{times.count:,}: {_times_words(times)}")
    now = f"{moment.deliveries:,} in this second: " if moment else ""
    table.add_row("deliveries", now + (_moment_words(moment) if moment and moment.deliveries else ""))
    table.add_row("in all", f"{sight.deliveries.count:,}: {_times_words(sight.deliveries)}")
    table.add_row("ledger", _ledger_words(sight.balance, stage.plan.verify))
    if stage.server_moments:
        latest = stage.server_moments[-1]
        table.add_row("server", f"{latest.cpu_share:.0%} of a core, {latest.memory_bytes / MIB:,.0f} MiB")
    table.add_row("generator", _generator_words(sight))
    return table


def curves(moments: Sequence[Moment], columns: int, rows: int) -> Table:
    """The latest seconds that fit, the newest at the right."""
    shown = moments[-max(1, columns) :]
    table = Table.grid(padding=(0, 1))
    table.add_column(width=LABEL_COLUMNS, style=QUIET)
    table.add_column(no_wrap=True)
    p99_ms = [moment.p99_s * 1000 for moment in shown]
    deliveries = [float(moment.deliveries) for moment in shown]
    for label, values, style in (("p99", p99_ms, "yellow"), ("deliveries", deliveries, "cyan")):
        most = f"{max(values):,.0f}{' ms' if label == 'p99' else '/s'}"
        table.add_row(f"{label}\n≤ {most}" if rows > 1 else label, Text("\n".join(bars(values, rows)), style=style))
    return table


def _last(sentences: Sequence[str], count: int) -> Sequence[Text]:
    shown = list(sentences)[-count:] if count > 0 else []
    return [Text(sentence, style=QUIET, no_wrap=True, overflow="ellipsis") for sentence in shown]


def _times_words(times: Histogram) -> str:
    if not times.count:
        return "-"
    p50, p90, p99 = (_ms(times.percentile_s(percent)) for percent in (50, 90, 99))
    return f"p50 {p50}, p90 {p90}, p99 {p99} ms"


def _moment_words(moment: Moment) -> str:
    return f"p50 {_ms(moment.p50_s)}, p99 {_ms(moment.p99_s)}, max {_ms(moment.max_s)} ms"


def _ms(time_s: float) -> str:
    return f"{time_s * 1000:,.1f}"


def _ledger_words(balance: Balance, verify: Verify) -> Text:
    """As of the second that has just ended: what is on its way then is not missing yet."""
    if verify is Verify.OFF:
        return Text("no books are kept", style=QUIET)
    words = Text(f"{balance.received:,} of {balance.expected:,} received, ")
    if balance.missing:
        words.append(f"{balance.missing:,} on their way or missing, ", style="yellow")
    faults = {"twice": balance.duplicate, "out of order": balance.out_of_order, "resets": balance.resets}
    found = ", ".join(f"{count:,} {name}" for name, count in faults.items() if count)
    return words.append(found or "no faults", style=BAD if found else GOOD)


def _generator_words(sight: Sight) -> Text:
    soundness = sight.soundness
    words = f"{sight.cpu_share:.0%} of a core"
    if sight.waited_share >= STARVED_SHARE:
        words += f" ({sight.waited_share:.0%} of the time it waits for one)"
    if soundness.added_s is not None:
        words += f", made {_ms(soundness.added_s)} ms of p{soundness.percent:g}"
    else:
        words += f", {_ms(soundness.lag_s)} ms late at p99"
    if soundness.is_valid:
        return Text.assemble(f"{words}: ", ("sound", GOOD))
    return Text(f"{words}: saturated", style=BAD)
