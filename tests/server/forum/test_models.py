from __future__ import annotations

from tertulia_server.forum.models import GUEST, Role, Visitor


def test_visitor_without_account_is_guest() -> None:
    assert GUEST.is_guest
    assert not Visitor(1, "Ada", Role.MEMBER).is_guest
