"""A row of the table: what was measured, its floor in the same run, and the bar that their ratio must keep."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"
HEADER: Final = f"{'':<58}{'figure':>11} {'':<5}{'floor':>10}{'ratio':>8}{'bar':>8}"
VERSIONS: Final = ("uvicorn", "uvloop", "starlette", "websockets", "redis", "hiredis", "sqlalchemy", "msgpack")


@dataclass(frozen=True)
class Figure:
    """``bar``: the most that `measure` may be, the least if ``is_least``; None is a figure that is only reported."""

    name: str
    unit: str
    value: float
    floor: float | None = None
    bar: float | None = None
    is_least: bool = False

    @property
    def measure(self) -> float:
        """What is held against the bar."""
        return self.value if self.floor is None else self.value / self.floor

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return "reported"
        return "reached" if (self.measure >= self.bar if self.is_least else self.measure <= self.bar) else "MISSED"

    def line(self) -> str:
        floor, ratio = ("", "") if self.floor is None else (_number(self.floor), f"{self.measure:.2f}")
        bar = "" if self.bar is None else f"{'>=' if self.is_least else '<='}{self.bar:g}"
        cells = f"{_number(self.value):>11} {self.unit:<5}{floor:>10}{ratio:>8}{bar:>8}"
        return f"{self.name:<58}{cells}  {self.verdict}"


Measured = tuple[list[Figure], list[str]]
"""The rows of a part, and what is to be said beside them."""


def print_table(figures: Iterable[Figure], remarks: Iterable[str] = ()) -> None:
    print(HEADER)
    for figure in figures:
        print(figure.line(), flush=True)
    for remark in remarks:
        print(remark, flush=True)


def show(measure: Callable[[Path], Measured]) -> None:
    """Measure in a fresh folder, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder))
    print_table(*measured)


def save(part: str, figures: Sequence[Figure], remarks: Sequence[str], load: float) -> None:
    """Into the file of today; a part that is there already is replaced. No names of hosts, no paths."""
    path = RESULTS / f"{time.strftime('%Y-%m-%d', time.gmtime())}.json"
    path.parent.mkdir(exist_ok=True)
    kept = json.loads(path.read_text()) if path.is_file() else {"parts": {}}
    rows = [{**asdict(figure), "measure": figure.measure, "verdict": figure.verdict} for figure in figures]
    kept["machine"] = machine()
    kept["parts"][part] = {"load_before": round(load, 2), "remarks": list(remarks), "figures": rows}
    path.write_text(json.dumps(kept, indent=2) + "\n")


def machine() -> dict[str, str]:
    """Processor, system and versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in VERSIONS},
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
