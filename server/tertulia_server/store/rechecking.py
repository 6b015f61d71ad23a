"""Asking rights again: who the visitors are now, and who may read the channels, all in one snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from tertulia_server.forum.models import GUEST, Proof, ProofKind, Visitor
from tertulia_server.store.access import ChannelAccess, read_access
from tertulia_server.store.sign_ins import Standing, find_visitors_by_sign_in, find_visitors_by_token

_PROOFS_PER_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Every proof and channel that was asked for; a proof that has ended makes a guest."""

    visitors: Mapping[Proof, Visitor]
    accesses: Mapping[str, ChannelAccess]


def recheck(conn: Connection, proofs: Collection[Proof], channels: Iterable[str], now_ms: int) -> Rechecked:
    """What holds now for these proofs and channels. A reading operation."""
    standings = _read_standings(conn, proofs)
    visitors = {proof: _visitor(standings.get(proof), now_ms) for proof in proofs}
    return Rechecked(visitors, read_access(conn, channels).by_channel)


def _read_standings(conn: Connection, proofs: Collection[Proof]) -> dict[Proof, Standing]:
    found: dict[Proof, Standing] = {}
    for kind, find in ((ProofKind.SIGN_IN, find_visitors_by_sign_in), (ProofKind.TOKEN, find_visitors_by_token)):
        hashes = sorted({proof.token_hash for proof in proofs if proof.kind is kind})
        for start in range(0, len(hashes), _PROOFS_PER_QUERY):
            standings = find(conn, hashes[start : start + _PROOFS_PER_QUERY])
            found |= {Proof(kind, token_hash): standing for token_hash, standing in standings.items()}
    return found


def _visitor(standing: Standing | None, now_ms: int) -> Visitor:
    return standing.visitor if standing is not None and standing.holds(now_ms) else GUEST
