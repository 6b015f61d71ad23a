from __future__ import annotations

from tertulia_server.forum.notifications import ALL_WANTED, NotificationChoices, NotificationKind


def test_most_personal_reason_that_is_wanted_is_told() -> None:
    every = set(NotificationKind)
    assert ALL_WANTED.first_wanted(every) is NotificationKind.MENTION
    assert NotificationChoices(mention=False).first_wanted(every) is NotificationKind.QUOTE
    assert NotificationChoices(mention=False, quote=False).first_wanted(every) is NotificationKind.REPLY
    assert NotificationChoices(mention=False).first_wanted({NotificationKind.MENTION}) is None
    assert ALL_WANTED.first_wanted(set()) is None
