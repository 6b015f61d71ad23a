from __future__ import annotations

from typing import Any

import pytest

from tertulia_client.load.traffic import acts as module
from tertulia_client.load.traffic.acts import WITHOUT_TEXT, Act, Doing, Script, script_of
from tertulia_client.load.traffic.lines import Line


def line(at_ms: int, name: str, post: int, version: int = 1, thread: int = 1, **more: Any) -> Line:
    return Line(
        at_ms, more.pop("channel", f"thread:{thread}"), name, 300, thread, post, version, more.pop("author", 1), **more
    )


def test_life_of_a_post_is_played_in_its_order() -> None:
    script = script_of(
        [
            line(0, "post.created", 1, text="One"),
            line(1500, "post.edited", 1, 2, text="Two"),
            line(2000, "post.rated", 1, 3, positive=1),
            line(2500, "post.rated", 1, 4, positive=1, negative=1),
            line(2600, "post.rated", 1, 5, negative=1),
            line(3000, "post.removed", 1, 6),
        ]
    )
    assert script.acts == [
        Act(0, Doing.POST, 0, 1, "One"),
        Act(1.5, Doing.EDIT, 0, 1, "Two"),
        Act(2.0, Doing.RATE, 0, 1, "", "positive"),
        Act(2.5, Doing.RATE, 0, 1, "", "negative"),
        Act(2.6, Doing.RATE, 0, 1, "", "none", "positive"),
        Act(3.0, Doing.REMOVE, 0, 1),
    ]
    assert (script.threads, script.posts, script.length_s, script.left_out) == (1, 1, 3.0, {})
    assert [act.doing for act in script.cut(1.5).acts] == [Doing.POST, Doing.EDIT]


def test_event_of_two_channels_is_played_once() -> None:
    script = script_of([line(0, "post.created", 1, text="x"), line(1, "post.created", 1, text="x", channel="forum:3")])
    assert len(script.acts) == 1


def test_post_that_was_edited_before_another_channel_told_of_it_is_created_once() -> None:
    later = line(5, "post.created", 1, 2, text="y", channel="forum:3")
    script = script_of([line(0, "post.created", 1, text="x"), later])
    assert [act.text for act in script.acts] == ["x"]


def test_post_that_is_moved_stays_where_it_was_created() -> None:
    script = script_of([line(0, "post.created", 1, text="x"), line(5, "post.edited", 1, 2, thread=7, text="x")])
    assert [act.thread for act in script.acts] == [0, 0]


def test_busiest_thread_is_the_first_and_more_than_may_be_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_THREADS", 2)
    lines = [line(0, "post.created", post, thread=thread) for post, thread in enumerate((1, 2, 2, 3, 4), 1)]
    script = script_of(lines)
    assert ([act.thread for act in script.acts], script.threads) == ([1, 0, 0, 0, 1], 2)


def test_what_cannot_be_played_is_counted_and_not_forgotten() -> None:
    script = script_of([line(0, "member.changed", 0), line(1, "post.rated", 7), line(2, "post.created", 8)])
    assert script.left_out == {"member.changed": 1, "about posts from before": 1}
    assert script.acts[0].text == WITHOUT_TEXT
    assert Script([], 1).length_s == 0.0


def test_marks_are_those_of_as_many_members_and_minds_are_changed() -> None:
    script = script_of(
        [
            line(0, "post.created", 1, text="One"),
            line(1, "post.rated", 1, 2, positive=3),
            line(2, "post.rated", 1, 3, positive=2, negative=1),
            line(3, "post.rated", 1, 4, positive=3),
            line(4, "post.rated", 1, 5, positive=3),
            line(5, "post.rated", 1, 6, positive=1),
        ]
    )
    assert [(act.at_s, act.before, act.mark) for act in script.acts[1:]] == [
        *[(0.001, "none", "positive")] * 3,
        (0.002, "positive", "negative"),
        (0.003, "negative", "positive"),
        *[(0.005, "positive", "none")] * 2,
    ]
    assert script.accounts == 4


def test_each_writes_as_oneself_as_far_as_there_are_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(0, "post.created", post, author=author) for post, author in enumerate((7, 8, 8, 9, 8, 9), 1)]
    script = script_of([*lines, line(1, "post.edited", 1, 2, author=7, text="y")])
    assert [act.author for act in script.acts] == [2, 0, 0, 1, 0, 1, 2]
    assert script.accounts == 3
    monkeypatch.setattr(module, "MAX_ACCOUNTS", 2)
    shared = script_of(lines)
    assert ([act.author for act in shared.acts], shared.accounts) == ([0, 0, 0, 1, 0, 1], 2)
    assert Script([], 1).accounts == 2
