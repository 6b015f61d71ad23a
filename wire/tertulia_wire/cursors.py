"""Cursors: how far someone has got in a channel. Plain data, valid at any worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from tertulia_wire.channels import parse_channel
from tertulia_wire.codes import Code
from tertulia_wire.errors import WireError
from tertulia_wire.limits import MAX_CURSOR_VECTOR_CHARS, MAX_EPOCH_CHARS, MAX_SEQ

_EPOCH = re.compile(rf"[0-9a-z]{{1,{MAX_EPOCH_CHARS}}}", re.ASCII)
_SEQ = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


def is_epoch(text: object) -> bool:
    """An epoch is 1 to 32 lower-case letters and digits."""
    return isinstance(text, str) and _EPOCH.fullmatch(text) is not None


class Cursor(NamedTuple):
    """The last seq that was seen (0: none yet) and the epoch of the log that gave it; ``EPOCH.SEQ`` as text."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The reverse of ``str()``; `WireError` with ``INVALID`` for anything else."""
        epoch, dot, seq = text.partition(".")
        if not dot or not is_epoch(epoch) or _SEQ.fullmatch(seq) is None or int(seq) > MAX_SEQ:
            raise WireError(Code.INVALID, "A cursor is EPOCH.SEQ, as the server gave it.")
        return cls(epoch, int(seq))


class CursorVector(dict[str, Cursor]):
    """Cursors of several channels as one bounded text: ``thread:17=EPOCH.SEQ,forum:3=EPOCH.SEQ``."""

    def __str__(self) -> str:
        return ",".join(f"{channel}={cursor}" for channel, cursor in self.items())

    @classmethod
    def parse(cls, text: str) -> CursorVector:
        if len(text) > MAX_CURSOR_VECTOR_CHARS:
            raise WireError(Code.TOO_LARGE, f"Cursors may take {MAX_CURSOR_VECTOR_CHARS} characters.")
        vector = cls()
        for item in filter(None, text.split(",")):
            channel, _, cursor = item.partition("=")
            vector[str(parse_channel(channel))] = Cursor.parse(cursor)
        return vector

    @classmethod
    def of(cls, cursors: Mapping[str, Cursor]) -> CursorVector:
        return cls(cursors)


RESET_EPOCH = "epoch"
RESET_AHEAD = "ahead"
RESET_TRIMMED = "trimmed"


def reset_reason(cursor: Cursor, *, epoch: str, first: int, head: int) -> str | None:
    """Why a cursor cannot be resumed against a log that keeps seqs ``first`` to ``head``, or None if it can.

    The rule of every server and test: another epoch is another log; beyond the head nothing can be promised;
    below ``first - 1`` events were trimmed away.
    """
    if cursor.epoch != epoch:
        return RESET_EPOCH
    if cursor.seq > head:
        return RESET_AHEAD
    if cursor.seq < first - 1:
        return RESET_TRIMMED
    return None
