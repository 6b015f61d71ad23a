"""One channel that a client follows: where it is and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from tertulia_wire.cursors import RESET_AHEAD, RESET_EPOCH, RESET_TRIMMED, Cursor
from tertulia_wire.limits import MAX_SEQ


class Start(Enum):
    """Where to begin in a channel of which no cursor is known."""

    NOW = "now"
    BEGINNING = "beginning"
    """From seq 0 of the log, whatever its epoch."""


@dataclass(frozen=True, slots=True)
class Last:
    """Begin so many events before now, or at the beginning if there are fewer."""

    events: int

    def __post_init__(self) -> None:
        if self.events < 0:
            raise ValueError("Last takes a number of events.")


Since = Cursor | Start | Last


def events_back(since: Since) -> int | None:
    """How far back from the head ``since`` is; None where that is not what it says."""
    if isinstance(since, Last):
        return since.events
    return MAX_SEQ if since is Start.BEGINNING else None


class ChannelState(Enum):
    """How far a subscription has come."""

    WAITING = "waiting"
    """To be subscribed: with the next connection, or at ``retry_at_s``."""
    SUBSCRIBING = "subscribing"
    """Asked for, not answered yet."""
    CATCHING_UP = "catching up"
    LIVE = "live"


@dataclass(slots=True)
class Subscription:
    """State of one followed channel; it outlives connections."""

    channel: str
    cursor: Cursor | None
    back_events: int | None = None
    """To begin so many events before the head, once it is known."""
    state: ChannelState = ChannelState.WAITING
    ref: int = -1
    head: int = 0
    attempt: int = 0
    """Tries since the last success, for the backoff."""
    retry_at_s: float | None = None
    is_reset_implied: bool = False
    """The answer to `subscribe` moved us; the `reset` that says so in words may still follow."""

    @property
    def is_followed(self) -> bool:
        """Whether the server has accepted it on this connection."""
        return self.state in (ChannelState.CATCHING_UP, ChannelState.LIVE)

    def wait(self, retry_at_s: float | None = None) -> None:
        """Back to be subscribed."""
        self.state = ChannelState.WAITING
        self.ref = -1
        self.retry_at_s = retry_at_s

    def asked(self, ref: int) -> None:
        """A `subscribe` with this ref names the channel."""
        self.state = ChannelState.SUBSCRIBING
        self.ref = ref
        self.retry_at_s = None

    def accepted(self, head: int) -> None:
        """The server follows it for us; caught up when our seq >= ``head``."""
        self.state = ChannelState.CATCHING_UP
        self.ref = -1
        self.head = head


def moved_reason(held: Cursor, given: Cursor, head: int) -> str | None:
    """Why a server that answers with ``given`` does not resume from ``held``; None if it does.

    An earlier cursor in the same log is no harm (what is known already is dropped), unless the log ends before ours.
    """
    if given.epoch != held.epoch:
        return RESET_EPOCH
    if given.seq > held.seq:
        return RESET_TRIMMED
    return RESET_AHEAD if head < held.seq else None


def why_reset(reason: str) -> str:
    """The reason of a reset in words; it is an open set."""
    return _RESETS.get(reason, reason)


_RESETS: Final = {
    RESET_EPOCH: "the server has another log, as after a restored backup",
    RESET_AHEAD: "the server's log ends before our place, as after a restored backup",
    RESET_TRIMMED: "the server's log was shortened, and begins after our place",
}
