"""The errors of the protocol package.

- `WireError`
  - `DecodeError`: bytes from a peer that are not a message
"""

from __future__ import annotations

from tertulia_wire.codes import Code


class WireError(Exception):
    """Root of the tree; carries the `Code` that a peer is told and a sentence for people."""

    def __init__(self, code: Code, message: str | None = None) -> None:
        super().__init__(message or code.sentence)
        self.code = code


class DecodeError(WireError):
    """The bytes are no message of the protocol; ``ref`` names the request where it could be read."""

    def __init__(self, code: Code, message: str | None = None, ref: int | None = None) -> None:
        super().__init__(code, message)
        self.ref = ref
