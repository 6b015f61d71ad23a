from __future__ import annotations

from dataclasses import replace

from tertulia_server.forum.cards import Member, card_of, visitor_of
from tertulia_server.forum.models import Ban, Role, Visitor

MEMBER = Member(
    id=7,
    version=3,
    name="Lankan Ranger",
    role=Role.MEMBER,
    rank=None,
    is_bot=False,
    is_imported=True,
    is_banned=False,
    joined_ms=None,
    joined_day="2009-08-09",
    base_positive=5,
    base_messages=8_024,
    base_negative=2,
    positive=1,
    messages=2,
    negative=1,
)


def test_card_of_member_adds_base_and_what_happened_here() -> None:
    assert card_of(MEMBER) == {
        "id": 7,
        "version": 3,
        "name": "Lankan Ranger",
        "rank": "ELITE MEMBER",
        "is_banned": False,
        "is_bot": False,
        "joined_day": "2009-08-09",
        "positive": 6,
        "messages": 8_026,
        "negative": 3,
    }


def test_card_of_banned_member_says_so() -> None:
    card = card_of(replace(MEMBER, is_banned=True, rank="KEEPER"))
    assert card["rank"] == "BANNED"
    assert card["is_banned"]


def test_card_of_member_who_joined_here_shows_the_day() -> None:
    assert card_of(replace(MEMBER, joined_day=None, joined_ms=1_319_155_200_000))["joined_day"] == "2011-10-21"
    assert card_of(replace(MEMBER, joined_day=None))["joined_day"] is None


def test_visitor_of_member_carries_rights() -> None:
    assert visitor_of(MEMBER) == Visitor(7, "Lankan Ranger", Role.MEMBER)
    banned = replace(MEMBER, is_banned=True, ban_reason="Shoes", banned_until_ms=17)
    ban = Ban("Shoes", 17)
    assert visitor_of(banned) == Visitor(7, "Lankan Ranger", Role.MEMBER, is_banned=True, ban=ban)
