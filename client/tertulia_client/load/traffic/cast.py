"""Who writes and who rates while a script is played: the members of the run, each as one of those of the script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from tertulia_client.api import Api, Mark
from tertulia_client.load.traffic.acts import Act

NO_ACCOUNT: Final = "ratings for which there was no account"


class Cast:
    """With one account nothing is rated, for nobody rates a post of their own; ``left_out`` counts what was not."""

    def __init__(self, accounts: Sequence[Api], *, authors: int) -> None:
        """The first ``authors`` of them write, all of them rate."""
        self._accounts = accounts
        self._authors = authors
        self._marks: defaultdict[int, dict[int, Mark]] = defaultdict(dict)
        """By post: who gave which, in the order in which they came."""
        self.left_out: Counter[str] = Counter()

    @property
    def can_rate(self) -> bool:
        return len(self._accounts) > 1

    def author_of(self, act: Act) -> Api:
        return self._accounts[act.author % self._authors]

    def rater_of(self, act: Act) -> Api | None:
        """Somebody who has not rated the post yet, or whoever last gave it the mark that changes; None: nobody."""
        marks = self._marks[act.post]
        if act.before == "none":
            free = (account for account in self._others(act) if marks.get(account, "none") == "none")
        else:
            free = (account for account in reversed(marks) if marks[account] == act.before)
        account = next(free, None)
        if account is None:
            self.left_out[NO_ACCOUNT] += 1
            return None
        marks.pop(account, None)
        marks[account] = act.mark
        return self._accounts[account]

    def _others(self, act: Act) -> Sequence[int]:
        """All but the author; another one first for each post."""
        author, others = act.author % self._authors, len(self._accounts) - 1
        return [(author + 1 + (act.post + turn) % others) % len(self._accounts) for turn in range(others)]
