"""A report as one page of HTML: the verdict, the tables, and charts; nothing is fetched, nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from tertulia_client.load.charts import Chart, Line, render_chart
from tertulia_client.load.figures import main_times
from tertulia_client.load.provenance import as_sentence
from tertulia_client.load.report import MIB, Report
from tertulia_client.load.server_metrics import ServerMoment
from tertulia_client.load.timeline import Moment

WHOLE_S: Final = 0.9

_PERCENTS: Final = (0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.99)
"""Drawn evenly: the tail is where a server differs from another."""

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #23211d; --faint: #75706a; --grid: #e3dfd7; --good: #1f7a4d;
  --bad: #b3261e; --c1: #2d6cb5; --c2: #b5562d; --c3: #6b4fa0; --c4: #3a8a5c }
@media (prefers-color-scheme: dark) { :root { --paper: #1b1a18; --ink: #ece8e1; --faint: #a19b92; --grid: #38352f;
  --good: #6cc694; --bad: #ff8a80; --c1: #7fb2ee; --c2: #ee9b73; --c3: #b79cec; --c4: #7fd0a4 } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  padding: 24px 16px; max-width: 1120px }
h1 { font-size: 1.5rem; margin: 0 } p { margin: .3rem 0 } .faint { color: var(--faint) }
.verdict { font-weight: 600; padding: .6rem .9rem; border-left: 4px solid var(--good); background: color-mix(in srgb,
  var(--good) 9%, transparent); margin: 1rem 0 } .verdict.bad { border-color: var(--bad); background: color-mix(in srgb,
  var(--bad) 10%, transparent) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 16px;
  margin: 1rem 0 }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif } svg text { fill: var(--ink) }
svg .tick { fill: var(--faint) }
@media (max-width: 600px) { svg { font-size: 16px } }
svg .title { font-weight: 600; font-size: 1.08em } svg .grid { stroke: var(--grid) }
svg .mark { stroke: var(--bad); stroke-dasharray: 3 3; stroke-width: 1.5 }
svg polyline { fill: none; stroke-width: 1.8 }
.c1 { stroke: var(--c1) } .c2 { stroke: var(--c2) } .c3 { stroke: var(--c3) } .c4 { stroke: var(--c4) }
svg line.c1, svg line.c2, svg line.c3, svg line.c4 { stroke-width: 3 }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0 1rem }
td, th { text-align: right; white-space: nowrap; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--grid) }
td:first-child, th:first-child { text-align: left }
"""


def render_html(report: Report, broken: Sequence[str] = ()) -> str:
    """The whole page; ``broken`` are conditions that do not hold."""
    title = f"{report.scenario}: run {report.run}"
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in report.sentences)
    unmet = "".join(f'<p class="verdict bad">Not met: {escape(words)}</p>' for words in broken)
    verdict = (
        f'<p class="verdict{"" if report.is_clean and report.is_valid else " bad"}">{escape(_verdict(report))}</p>'
    )
    made = f'<p class="faint">{escape(as_sentence(report.provenance))}</p>' if report.provenance else ""
    charts = "".join(render_chart(chart) for chart in charts_of(report))
    marks = "".join(f"<li>{at_s:.1f} s: {escape(words)}</li>" for at_s, words in report.marks)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<p class="faint">{escape(report.thread_url)} · seed {report.seed} · {report.readers:,} readers</p>'
        f"{made}"
        f'{verdict}{unmet}<div class="charts">{charts}</div>{f"<ul>{marks}</ul>" if marks else ""}'
        f'<div class="wide">{_table(("", "count", "p50", "p90", "p99", "max"), report.time_rows)}</div>'
        f'<div class="wide">{_table(("", ""), report.count_rows)}</div>{sentences}</body></html>\n'
    )


def charts_of(report: Report) -> Sequence[Chart]:
    """Times by the second and by percentile, deliveries, connections, and the generator's own lag."""
    times, moments, marks = main_times(report), _whole(report.moments), report.marks
    spectrum = [(float(place), times.percentile_s(percent) * 1000) for place, percent in enumerate(_PERCENTS)]

    def line(name: str, value: Callable[[Moment], float], color: str) -> Line:
        return Line(name, [(moment.at_s, value(moment)) for moment in moments], color)

    by_second = [
        line("p50", lambda moment: moment.p50_s * 1000, "c1"),
        line("p99", lambda moment: moment.p99_s * 1000, "c2"),
        line("max", lambda moment: moment.max_s * 1000, "c3"),
    ]
    percents = [(float(place), f"{percent:g}") for place, percent in enumerate(_PERCENTS)]
    deliveries = line("deliveries", lambda moment: float(moment.deliveries), "c4")
    return [
        Chart("Time to receive, by the second", "ms", by_second, marks),
        Chart("Time by percentile", "ms", [Line("all", spectrum if times.count else [], "c1")], (), "%", percents),
        Chart("Deliveries a second", "", [deliveries], marks),
        Chart("Connected readers", "", [line("connected", lambda moment: float(moment.connected), "c1")], marks),
        Chart(
            "The generator's own lag (p99 so far)", "ms", [line("lag", lambda moment: moment.lag_s * 1000, "c2")], marks
        ),
        *(_server_charts(report) if report.server_moments else []),
    ]


def _server_charts(report: Report) -> Sequence[Chart]:
    """What the server said of itself, with the same marks."""

    def line(name: str, value: Callable[[ServerMoment], float], color: str) -> Line:
        return Line(name, [(moment.at_s, value(moment)) for moment in report.server_moments], color)

    lines = [
        ("Server: CPU, of one core", "%", [line("CPU", lambda moment: moment.cpu_share * 100, "c2")]),
        ("Server: memory", "MiB", [line("memory", lambda moment: moment.memory_bytes / MIB, "c3")]),
        (
            "Server: behind, and waiting",
            "",
            [
                line("lagging", lambda moment: moment.lagging, "c1"),
                line("waiting", lambda moment: moment.waiting, "c2"),
            ],
        ),
        ("Server: lag of its loop (mean)", "ms", [line("lag", lambda moment: moment.lag_s * 1000, "c4")]),
    ]
    return [Chart(title, unit, drawn, report.marks) for title, unit, drawn in lines]


def _whole(moments: Sequence[Moment]) -> Sequence[Moment]:
    """Without the rest of a second at the end, in which there is less of everything."""
    is_rest = len(moments) > 1 and moments[-1].at_s - moments[-2].at_s < WHOLE_S
    return moments[:-1] if is_rest else moments


def _verdict(report: Report) -> str:
    return report.verdict if report.is_valid else f"{report.soundness.sentence} {report.verdict}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
