"""Bots of members, and the tokens that their owners see."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import Role, Scope
from tertulia_server.store.bots import (
    MAX_BOTS_PER_OWNER,
    MAX_TOKENS_PER_MEMBER,
    check_room_for_token,
    delete_token_by_id,
    find_owner,
    insert_bot,
    is_own,
    read_bots,
    read_tokens,
)
from tertulia_server.store.schema import members
from tertulia_server.store.sign_ins import find_visitors_by_token, insert_api_token
from tertulia_wire.codes import Code
from tests.server.town import NOW_MS, Town, ban

ADA_HASH, BOT_HASH, BOB_HASH = "a" * 64, "b" * 64, "c" * 64


def test_bot_belongs_to_its_owner(conn: Connection, town: Town) -> None:
    ada, bob = town.ada.member_id or 0, town.bob.member_id or 0
    bot_id = insert_bot(conn, "Keeper", ada, NOW_MS)
    owner = find_owner(conn, bot_id)
    assert owner is not None
    assert owner.name == "ada"
    assert [(bot.name, bot.is_bot) for bot in read_bots(conn, ada)] == [("Keeper", True)]
    assert read_bots(conn, bob) == []
    assert [is_own(conn, ada, bot_id), is_own(conn, ada, ada), is_own(conn, bob, bot_id)] == [True, True, False]
    assert find_owner(conn, bob) is None


def test_bots_of_one_member_are_not_without_end(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id or 0
    for number in range(MAX_BOTS_PER_OWNER):
        insert_bot(conn, f"Bot {number}", ada, NOW_MS)
    with pytest.raises(Refusal) as refused:
        insert_bot(conn, "One more", ada, NOW_MS)
    assert refused.value.code is Code.FORBIDDEN
    insert_bot(conn, "One more", town.bob.member_id or 0, NOW_MS)


def test_tokens_are_seen_and_revoked_by_their_owner_only(conn: Connection, town: Town) -> None:
    ada, bob = town.ada.member_id or 0, town.bob.member_id or 0
    bot_id = insert_bot(conn, "Keeper", ada, NOW_MS)
    insert_api_token(conn, ADA_HASH, ada, "mine", created_ms=1, scopes=Scope.READ)
    insert_api_token(conn, BOT_HASH, bot_id, "the bot's", created_ms=2, expires_ms=9, scopes=Scope.READ | Scope.POST)
    insert_api_token(conn, BOB_HASH, bob, "not mine", created_ms=3)
    seen = read_tokens(conn, ada)
    assert [(token.id, token.name, token.scopes, token.expires_ms) for token in seen] == [
        ("b" * 16, "Keeper", "read post", 9),
        ("a" * 16, "ada", "read", None),
    ]
    assert delete_token_by_id(conn, ada, "c" * 16) is None
    assert delete_token_by_id(conn, ada, "b" * 16) == bot_id
    assert delete_token_by_id(conn, ada, "b" * 16) is None
    assert set(find_visitors_by_token(conn, [ADA_HASH, BOT_HASH, BOB_HASH])) == {ADA_HASH, BOB_HASH}


def test_room_for_tokens_is_made_of_those_that_ended(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id or 0
    for number in range(MAX_TOKENS_PER_MEMBER):
        insert_api_token(conn, f"{number:064d}", ada, "x", created_ms=0, expires_ms=5 if number == 0 else None)
    with pytest.raises(Refusal):
        check_room_for_token(conn, ada, 4)
    check_room_for_token(conn, ada, 5)
    assert len(read_tokens(conn, ada)) == MAX_TOKENS_PER_MEMBER - 1


def test_token_gives_no_more_than_its_scopes_and_the_role_of_now(conn: Connection, town: Town) -> None:
    mona = town.mona.member_id or 0
    insert_api_token(conn, ADA_HASH, mona, "read", created_ms=0, scopes=Scope.READ)
    insert_api_token(conn, BOT_HASH, mona, "old", created_ms=0)
    found = find_visitors_by_token(conn, [ADA_HASH, BOT_HASH])
    assert (found[ADA_HASH].visitor.role, found[ADA_HASH].visitor.scopes) == (Role.MEMBER, Scope.READ)
    assert found[BOT_HASH].visitor == town.mona
    conn.execute(update(members).where(members.c.id == mona).values(role="member"))
    assert find_visitors_by_token(conn, [BOT_HASH])[BOT_HASH].visitor.role is Role.MEMBER


def test_bot_is_banned_with_its_owner(conn: Connection, town: Town) -> None:
    ada = town.ada.member_id or 0
    insert_api_token(conn, BOT_HASH, insert_bot(conn, "Keeper", ada, NOW_MS), "x", created_ms=0)
    assert not find_visitors_by_token(conn, [BOT_HASH])[BOT_HASH].visitor.is_banned
    ban(conn, ada)
    assert find_visitors_by_token(conn, [BOT_HASH])[BOT_HASH].visitor.is_banned
