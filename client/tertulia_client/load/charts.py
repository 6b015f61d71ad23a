"""Line charts as SVG, drawn here: a report is one file, and no script comes with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 240
LEFT: Final = 64
RIGHT: Final = 24
TOP: Final = 28
BOTTOM: Final = 34
MAX_TICKS: Final = 6
MAX_POINTS: Final = 600
"""More than one point per pixel shows nothing: long runs are thinned, keeping the highest of each stretch."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """``color`` is a class of the page's style sheet: ``c1`` to ``c4``."""

    name: str
    points: Sequence[Point]
    color: str


@dataclass(frozen=True, slots=True)
class Chart:
    """``marks``: places on the x axis, with words; ``x_ticks`` replaces the usual numbers below it."""

    title: str
    y_unit: str
    lines: Sequence[Line]
    marks: Sequence[tuple[float, str]] = ()
    x_unit: str = "s"
    x_ticks: Sequence[tuple[float, str]] = ()


def render_chart(chart: Chart) -> str:
    """An ``<svg>``; a chart of nothing says so."""
    points = [point for line in chart.lines for point in line.points]
    head = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label={_quoted(chart.title)}>'
        f'<text x="{LEFT}" y="16" class="title">{escape(chart.title)}</text>'
    )
    if not points:
        return f'{head}<text x="{LEFT}" y="{HEIGHT // 2}">nothing was measured</text></svg>'
    x_high = max(x for x, _ in points)
    y_high = max(y for _, y in points) or 1.0
    x_of = _scale(0.0, x_high or 1.0, LEFT, WIDTH - RIGHT)
    y_of = _scale(0.0, y_high * 1.05, HEIGHT - BOTTOM, TOP)
    return (
        "".join([head, *_grid(chart, x_high, y_high, x_of, y_of), *_marks(chart, x_of), *_lines(chart, x_of, y_of)])
        + "</svg>"
    )


def ticks(high: float) -> Sequence[float]:
    """Round places from 0 to ``high``, at most `MAX_TICKS`."""
    if high <= 0:
        return [0.0]
    rough = high / (MAX_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [index * step for index in range(int(high / step + 1e-9) + 1)]


def thinned(points: Sequence[Point]) -> Sequence[Point]:
    """At most `MAX_POINTS`: of each stretch the highest."""
    size = -(-len(points) // MAX_POINTS)
    if size <= 1:
        return points
    return [max(points[begin : begin + size], key=lambda point: point[1]) for begin in range(0, len(points), size)]


def _scale(low: float, high: float, begin: float, end: float) -> Callable[[float], float]:
    return lambda value: begin + (value - low) / (high - low) * (end - begin)


def _grid(
    chart: Chart,
    x_high: float,
    y_high: float,
    x_of: Callable[[float], float],
    y_of: Callable[[float], float],
) -> Sequence[str]:
    parts = []
    for value in ticks(y_high):
        y = y_of(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" text-anchor="end" x="{LEFT - 6}" y="{y + 4:.1f}">{value:,.10g}</text>')
    for value, words in chart.x_ticks or [(tick, f"{tick:g}") for tick in ticks(x_high)]:
        x = x_of(value)
        parts.append(
            f'<text class="tick" text-anchor="middle" x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}">{escape(words)}</text>'
        )
    parts.append(f'<text class="tick" text-anchor="end" x="{LEFT - 6}" y="16">{escape(chart.y_unit)}</text>')
    parts.append(
        f'<text class="tick" text-anchor="end" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}">{escape(chart.x_unit)}</text>'
    )
    return parts


def _marks(chart: Chart, x_of: Callable[[float], float]) -> Sequence[str]:
    parts = []
    for place, words in chart.marks:
        x = min(max(x_of(place), LEFT), WIDTH - RIGHT)
        place_of = f'x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"'
        parts.append(f'<line class="mark" {place_of}><title>{escape(words)}</title></line>')
    return parts


def _lines(chart: Chart, x_of: Callable[[float], float], y_of: Callable[[float], float]) -> Sequence[str]:
    parts = []
    for index, line in enumerate(chart.lines):
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in thinned(line.points))
        parts.append(f'<polyline class="{line.color}" points="{path}"/>')
        x = WIDTH - RIGHT - 110 * (len(chart.lines) - index)
        parts.append(f'<line class="{line.color}" x1="{x}" x2="{x + 16}" y1="12" y2="12"/>')
        parts.append(f'<text class="tick" x="{x + 21}" y="16">{escape(line.name)}</text>')
    return parts


def _quoted(text: str) -> str:
    return f'"{escape(text, quote=True)}"'
