"""Looking up whose sign-ins and tokens come with requests: all that come at the same time, with one query.

Nothing is remembered from one reading to the next, so one that was ended or revoked, at whichever worker, is worth
nothing from then on.
"""

from __future__ import annotations

from tertulia_server.store.port import Store
from tertulia_server.store.sign_ins import Standing, find_visitors_by_sign_in, find_visitors_by_token
from tertulia_server.web.gathering import Gathering


class Proofs:
    """Both kinds, each by the hash of its secret."""

    def __init__(self, store: Store) -> None:
        self.sign_ins: Gathering[str, Standing] = Gathering(store, find_visitors_by_sign_in, "sign-ins")
        self.tokens: Gathering[str, Standing] = Gathering(store, find_visitors_by_token, "tokens")
