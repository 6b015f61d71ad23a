"""Conditions on figures, as people write them: ``p99<200ms and missing==0``. Nothing of them is run as code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tertulia_client.errors import ClientError

MAX_TERMS: Final = 32
KNOWN_FIGURES: Final = (
    "There are p50, p90, p99, p99_9 and max, of other rows with their names before them (acknowledge_, connect_,"
    " catch_up_, server_, generator_, lag_, and those of the scenario); readers, connected, reconnects, acknowledged,"
    " failed, expected, received, missing, duplicate, out_of_order, resets; cpu and waited."
)

_UNITS: Final = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "%": 0.01}
_TERM: Final = re.compile(
    r"\s*([a-z][a-z0-9_]{0,40})\s*(<=|>=|==|!=|<|>)\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(us|ms|s|m|%)?\s*", re.ASCII
)
_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison; ``limit`` in seconds where it is a time."""

    name: str
    sign: str
    limit: float
    words: str

    def holds(self, figures: Mapping[str, float]) -> bool:
        return _OPERATORS[self.sign](_figure(figures, self.name), self.limit)


@dataclass(frozen=True, slots=True)
class Condition:
    """Terms that must all hold."""

    terms: Sequence[Term]

    def check(self, names: Callable[[str], bool]) -> None:
        """`ClientError` for a figure that no report has."""
        for term in self.terms:
            if not names(term.name):
                raise ClientError(f"There is no figure {term.name!r}, as in {term.words}. {KNOWN_FIGURES}")

    def found(self, figures: Mapping[str, float]) -> Mapping[str, str]:
        """For each term what was found, in its unit; `ClientError` for a figure that there is not."""
        return {term.words: _said(_figure(figures, term.name), term.words) for term in self.terms}

    def broken(self, figures: Mapping[str, float]) -> Sequence[str]:
        """The terms that do not hold, with what was found; `ClientError` for a figure that there is not."""
        return [
            f"{term.words} (it is {_said(_figure(figures, term.name), term.words)})"
            for term in self.terms
            if not term.holds(figures)
        ]


def parse_condition(text: str) -> Condition:
    """Terms joined by ``and``; `ClientError` says which cannot be read."""
    terms = []
    for words in re.split(r"\band\b|&&|,", text):
        match = _TERM.fullmatch(words)
        if match is None:
            raise ClientError(f"{words.strip()!r} is no condition: write it like p99<200ms or missing==0.")
        terms.append(Term(match[1], match[2], float(match[3]) * _UNITS[match[4] or ""], words.strip()))
    if len(terms) > MAX_TERMS:
        raise ClientError(f"A condition has up to {MAX_TERMS} parts.")
    return Condition(terms)


def _figure(figures: Mapping[str, float], name: str) -> float:
    try:
        return figures[name]
    except KeyError:
        raise ClientError(f"This run has no figure {name!r}. It has: {', '.join(sorted(figures))}.") from None


def _said(value: float, words: str) -> str:
    unit = next((unit for unit in ("us", "ms", "%", "s", "m") if words.endswith(unit)), "")
    return f"{value / _UNITS[unit]:,.4g}{unit}"
