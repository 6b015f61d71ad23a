"""What another machine's monotonic clock shows when ours shows something: from questions and answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROUNDS: Final = 20
UNSURE_S: Final = 0.005
"""A clock that is known less well than this is spoken of in the report."""

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Offset:
    """Add ``offset_s`` to what their clock shows, and ours shows that, up to ``uncertainty_s`` more or less."""

    offset_s: float
    uncertainty_s: float


def offset_of(rounds: Iterable[tuple[float, float, float]]) -> Offset:
    """Of (asked by our clock, theirs as it answered, heard by our clock).

    They looked at their clock somewhere between our two looks, so the shortest round knows most: its middle is off
    by half its length at most, however unlike the ways there and back are.
    """
    asked_s, theirs_s, heard_s = min(rounds, key=lambda one: one[2] - one[0])
    return Offset((asked_s + heard_s) / 2 - theirs_s, (heard_s - asked_s) / 2)


def shared(measured: Offset, theirs: str, ours: str) -> Offset | None:
    """None for another machine. On ours the clock is the same, unless what was measured says that it cannot be."""
    is_same = bool(ours) and theirs == ours and abs(measured.offset_s) <= measured.uncertainty_s
    return Offset(0.0, 0.0) if is_same else None


def sentence_of(agent: str, before: Offset, after: Offset) -> str:
    """How well its clock was known over a run: measured before and after it."""
    drift_s = abs(after.offset_s - before.offset_s)
    unsure_s = before.uncertainty_s + drift_s
    words = f"The clock of agent {agent} is known to {unsure_s * 1000:.1f} ms"
    if drift_s > before.uncertainty_s + after.uncertainty_s:
        words += f" (it went off by {drift_s * 1000:.1f} ms during the run)"
    if unsure_s > UNSURE_S:
        return f"{words}: UNSURE, times of its readers are up to so much too short or too long."
    return f"{words}."


def machine_id(path: Path = _BOOT) -> str:
    """Of this machine since it was started; empty where the system has no such thing."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
