from __future__ import annotations

from tertulia_server.forum.models import ALL_SCOPES, GUEST, Role, Scope, Visitor


def test_visitor_without_account_is_guest() -> None:
    assert GUEST.is_guest
    assert not Visitor(1, "Ada", Role.MEMBER).is_guest


def test_visitor_without_scope_to_moderate_is_a_member_at_most() -> None:
    chief = Visitor(1, "Ada", Role.ADMINISTRATOR)
    assert chief.scopes is ALL_SCOPES
    assert chief.within(Scope.READ | Scope.POST).role is Role.MEMBER
    assert chief.within(Scope.READ | Scope.MODERATE).role is Role.ADMINISTRATOR
    assert GUEST.within(Scope.READ).is_guest
    assert GUEST.within(Scope.READ).role is Role.GUEST
