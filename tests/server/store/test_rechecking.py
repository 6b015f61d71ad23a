from __future__ import annotations

from sqlalchemy import Connection

from tertulia_server.forum.models import GUEST, Audience, ForumRules, Proof, ProofKind, Scope
from tertulia_server.store.rechecking import recheck
from tertulia_server.store.sign_ins import insert_api_token, insert_sign_in
from tests.server.town import NOW_MS, Town, ban


def test_visitors_and_channels_are_as_they_are_now(conn: Connection, town: Town) -> None:
    assert town.bob.member_id is not None
    assert town.mona.member_id is not None
    insert_sign_in(conn, "bob", town.bob.member_id, created_ms=0, expires_ms=NOW_MS + 1)
    insert_sign_in(conn, "ended", town.bob.member_id, created_ms=0, expires_ms=NOW_MS)
    insert_api_token(conn, "mona", town.mona.member_id, "tests", created_ms=0, scopes=Scope.READ)
    signed_in, ended = Proof(ProofKind.SIGN_IN, "bob"), Proof(ProofKind.SIGN_IN, "ended")
    token, wrong = Proof(ProofKind.TOKEN, "mona"), Proof(ProofKind.TOKEN, "bob")
    channels = [f"forum:{town.members_forum_id}", "thread:999"]
    answer = recheck(conn, {signed_in, ended, token, wrong}, channels, NOW_MS)
    assert answer.visitors == {
        signed_in: town.bob,
        ended: GUEST,
        token: town.mona.within(Scope.READ),
        wrong: GUEST,
    }
    assert [(name, access.rules, access.exists) for name, access in answer.accesses.items()] == [
        (channels[0], ForumRules(town.members_forum_id, Audience.MEMBERS), True),
        ("thread:999", None, False),
    ]
    ban(conn, town.bob.member_id)
    assert recheck(conn, {signed_in}, [], NOW_MS).visitors[signed_in].is_banned


def test_nothing_to_ask_is_nothing(conn: Connection) -> None:
    answer = recheck(conn, set(), [], NOW_MS)
    assert (answer.visitors, answer.accesses) == ({}, {})
