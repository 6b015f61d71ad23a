"""What was found, for an operator: is it right, and if not, what to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

_NAME_CHARS: Final = 18


class Verdict(Enum):
    """How a line of the check-up begins."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line; ``advice`` says what to change, in words of nginx where that is where it is changed."""

    name: str
    verdict: Verdict
    sentence: str
    advice: str = ""


def ok(name: str, sentence: str) -> Finding:
    return Finding(name, Verdict.OK, sentence)


def warn(name: str, sentence: str, advice: str) -> Finding:
    return Finding(name, Verdict.WARN, sentence, advice)


def fail(name: str, sentence: str, advice: str) -> Finding:
    return Finding(name, Verdict.FAIL, sentence, advice)


def words_of(error: Exception) -> str:
    """An error's own words, or at least its kind."""
    return str(error) or type(error).__name__


def report(findings: Iterable[Finding]) -> str:
    """All findings as lines, each advice below its finding."""
    lines = []
    for finding in findings:
        lines.append(f"  {finding.verdict.value:<5} {finding.name:<{_NAME_CHARS}} {finding.sentence}")
        if finding.advice:
            lines += [f"{'':>{9 + _NAME_CHARS}}{line}" for line in finding.advice.splitlines()]
    return "\n".join(lines)


def has_failed(findings: Iterable[Finding]) -> bool:
    return any(finding.verdict is Verdict.FAIL for finding in findings)
