"""The errors of the server.

- `TertuliaError`: has a `Code` and a sentence for a person
  - `Refusal`: the request is at fault, or the one who asks; nothing was changed
  - `StartError`: the server cannot start as it was told to; a sentence and exit status 2
"""

from __future__ import annotations

from typing import Any, Self

from tertulia_wire.codes import Code


class Sentence(str):
    """A sentence with values in it: a plain English string to all but who translates its template.

    ``Sentence("At most %(limit)s characters.", limit=20_000)``; whole numbers get separators of thousands.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        sentence = super().__new__(cls, template % written)
        sentence.template, sentence.values = template, values
        return sentence


class TertuliaError(Exception):
    """Root of the tree."""

    def __init__(
        self, code: Code = Code.INTERNAL, message: str | None = None, *, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message or code.sentence)
        self.code = code
        self.sentence = message or code.sentence
        self.retry_after_ms = retry_after_ms


class Refusal(TertuliaError):
    """A request that was turned down, with nothing changed."""


class StartError(TertuliaError):
    """The settings, the database or the machine do not allow a start; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INTERNAL, message)
