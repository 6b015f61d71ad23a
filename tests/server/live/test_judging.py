from __future__ import annotations

from tertulia_server.forum.models import LoggedEvent
from tertulia_server.live.judging import Changes, changes_of
from tertulia_server.store.rights_log import FORUM_RIGHTS, MEMBER_RIGHTS, THREAD_RIGHTS, RightsNews


def news(*events: tuple[str, int], is_whole: bool = True) -> RightsNews:
    logged = [LoggedEvent("rights", seq, name, about_id, 0) for seq, (name, about_id) in enumerate(events, 1)]
    return RightsNews("e1", len(logged), logged, is_whole)


def test_changes_of_several_events_are_asked_for_together() -> None:
    changes = changes_of(
        news((MEMBER_RIGHTS, 4), (THREAD_RIGHTS, 17), (MEMBER_RIGHTS, 5), (FORUM_RIGHTS, 3)), is_all=False
    )
    assert changes == Changes(frozenset({4, 5}), frozenset({3}), frozenset({17}), moved_seq=2)


def test_what_is_not_known_in_whole_asks_everything() -> None:
    everything = Changes(is_all=True, moved_seq=1)
    assert changes_of(news((MEMBER_RIGHTS, 4)), is_all=True) == everything
    assert changes_of(news((MEMBER_RIGHTS, 4), is_whole=False), is_all=False) == everything
    assert changes_of(news(("words.of.a.later.release", 4)), is_all=False) == everything
