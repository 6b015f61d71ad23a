"""The books of a measurement: what each reader of a channel was promised, and what it got.

Seqs have no holes, so the promise is plain: everything after the seq at which the reader was subscribed, up to the
last seq that anybody knows of. The books live across reconnects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_KEPT_COMPLAINTS: Final = 100
"""About readers that have left."""

MAX_LISTED_SEQS: Final = 10_000
"""Missing seqs that one account remembers one by one; a hole beyond that is only counted."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums over readers."""

    expected: int
    received: int
    missing: int
    duplicate: int
    out_of_order: int
    resets: int

    def __add__(self, other: Balance) -> Balance:
        return Balance(
            self.expected + other.expected,
            self.received + other.received,
            self.missing + other.missing,
            self.duplicate + other.duplicate,
            self.out_of_order + other.out_of_order,
            self.resets + other.resets,
        )

    @property
    def is_clean(self) -> bool:
        """Each event once, in order, to everybody."""
        return not (self.missing or self.duplicate or self.out_of_order or self.resets)


NOTHING: Final = Balance(0, 0, 0, 0, 0, 0)


class Account:
    """One reader in one channel."""

    __slots__ = ("duplicate", "highest", "out_of_order", "received", "resets", "start", "unlisted", "waited_for")

    def __init__(self) -> None:
        self.start: int | None = None
        self.highest = 0
        self.received = 0
        self.duplicate = 0
        self.out_of_order = 0
        self.resets = 0
        self.waited_for: set[int] = set()
        """Seqs below ``highest`` that did not come yet."""
        self.unlisted = 0

    def begin(self, seq: int) -> None:
        """Subscribed: everything after ``seq`` is promised. Only the first call counts."""
        if self.start is None:
            self.start = self.highest = seq

    def receive(self, seq: int) -> bool:
        """Book an event; True if it is the first with this seq."""
        if self.start is None or seq <= self.start:
            self.duplicate += 1
            return False
        if seq > self.highest:
            if seq > self.highest + 1:
                self._note_hole(seq)
            self.highest = seq
        elif seq in self.waited_for:
            self.waited_for.discard(seq)
            self.out_of_order += 1
        else:
            self.duplicate += 1
            return False
        self.received += 1
        return True

    def expected(self, head: int) -> int:
        """How many events were promised, if ``head`` is the last seq of the channel."""
        return 0 if self.start is None else max(0, head - self.start)

    def missing(self, head: int) -> int:
        """How many of them did not come."""
        if self.start is None:
            return 0
        return max(0, head - self.highest) + len(self.waited_for) + self.unlisted

    def first_missing(self, head: int) -> int | None:
        """The lowest seq that did not come; None if none is missing, or it is not remembered."""
        if self.waited_for:
            return min(self.waited_for)
        return self.highest + 1 if self.start is not None and self.highest < head else None

    def balance(self, head: int) -> Balance:
        """If ``head`` is the last seq of the channel."""
        return Balance(
            self.expected(head), self.received, self.missing(head), self.duplicate, self.out_of_order, self.resets
        )

    def complaints(self, reader: int, channel: str, head: int) -> Iterator[str]:
        """A sentence on what is missing, and one on what came otherwise than it was promised."""
        missing = self.missing(head)
        if missing:
            first = self.first_missing(head)
            place = "" if first is None else f", the first is {first}"
            yield f"reader {reader} misses {missing} of {self.expected(head)} in {channel}{place}"
        if self.duplicate or self.out_of_order or self.resets:
            yield (
                f"reader {reader} got {self.duplicate} twice, {self.out_of_order} out of order and"
                f" {self.resets} resets in {channel}"
            )

    def _note_hole(self, seq: int) -> None:
        hole = range(self.highest + 1, seq)
        if len(self.waited_for) + len(hole) > MAX_LISTED_SEQS:
            self.unlisted += len(hole)
        else:
            self.waited_for.update(hole)


class Ledger:
    """The accounts of all readers, and the last seq that is known of each channel."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[int, str], Account] = {}
        self._heads: dict[str, int] = {}
        self._closed = NOTHING
        self._closed_complaints: list[str] = []

    def account(self, reader: int, channel: str) -> Account:
        """The account of this reader in this channel; opened at the first call."""
        account = self._accounts.get((reader, channel))
        if account is None:
            account = self._accounts[reader, channel] = Account()
        return account

    def close(self, reader: int, channel: str) -> None:
        """The reader has left for good: what was under way to it then is not owed, a hole in what it got is.

        Another reader may have its number from now on.
        """
        account = self._accounts.pop((reader, channel), None)
        if account is not None:
            self._closed += account.balance(account.highest)
            room = MAX_KEPT_COMPLAINTS - len(self._closed_complaints)
            self._closed_complaints += list(account.complaints(reader, channel, account.highest))[:room]

    def note_head(self, channel: str, seq: int) -> None:
        """Somebody knows that the channel has come to ``seq``: an acknowledged post, a received event."""
        if seq > self._heads.get(channel, 0):
            self._heads[channel] = seq

    def head(self, channel: str) -> int:
        return self._heads.get(channel, 0)

    @property
    def heads(self) -> dict[str, int]:
        """The last known seq of each channel."""
        return dict(self._heads)

    @property
    def is_settled(self) -> bool:
        """Whether nobody misses anything just now."""
        return all(account.missing(self.head(channel)) == 0 for (_, channel), account in self._accounts.items())

    def balance(self) -> Balance:
        parts = (account.balance(self.head(channel)) for (_, channel), account in self._accounts.items())
        return sum(parts, self._closed)

    def balance_in_steps(self, step: int) -> Iterator[Balance]:
        """As `balance`, of so many accounts more at each turn; the last is of all. Between turns others may work."""
        so_far, accounts = self._closed, list(self._accounts.items())
        yield so_far
        for begin in range(0, len(accounts), step):
            parts = (account.balance(self.head(channel)) for (_, channel), account in accounts[begin : begin + step])
            so_far = sum(parts, so_far)
            yield so_far

    def complaints(self) -> Iterator[str]:
        """A sentence for each reader that did not get what it was promised."""
        yield from self._closed_complaints
        for (reader, channel), account in self._accounts.items():
            yield from account.complaints(reader, channel, self.head(channel))
