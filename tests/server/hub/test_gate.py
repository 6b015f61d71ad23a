from __future__ import annotations

from functools import partial

import pytest

from tertulia_server.hub import gate as gate_module
from tertulia_server.hub.gate import Gate


def test_what_knows_no_more_than_we_do_passes() -> None:
    gate = Gate()
    assert not gate.is_ahead(0)
    gate.open_at(5)
    assert not gate.is_ahead(5)
    assert gate.is_ahead(6)


def test_what_waits_goes_on_in_its_order_when_its_change_holds() -> None:
    gate, passed, news = Gate(), list[str](), list[int]()
    gate.on_news = lambda: news.append(1)
    for name, seq in (("first", 2), ("later", 4), ("second", 1)):
        assert gate.wait(seq, partial(passed.append, name))
    assert (len(news), gate.waiting_count) == (3, 3)
    gate.open_at(2)
    assert (passed, gate.waiting_count) == (["first", "second"], 1)
    gate.open_at(4)
    assert passed == ["first", "second", "later"]


def test_what_waits_again_is_not_asked_in_the_same_turn() -> None:
    gate, turns = Gate(), list[int]()

    def come_back() -> None:
        turns.append(gate.seq)
        gate.wait(9, come_back)

    gate.wait(1, come_back)
    gate.open_at(1)
    assert (turns, gate.waiting_count) == ([1], 1)


def test_what_was_rendered_before_a_thread_moved_is_outdated() -> None:
    gate = Gate()
    gate.open_at(7, moved_seq=5)
    assert gate.is_outdated(4)
    assert not gate.is_outdated(5)
    gate.open_at(8)
    assert gate.is_outdated(4)


def test_nothing_passes_while_the_log_is_not_known() -> None:
    gate = Gate()
    gate.open_at(7, moved_seq=5)
    gate.close()
    assert gate.is_ahead(0)
    gate.open_at(2)
    assert not gate.is_ahead(2)
    assert not gate.is_outdated(1)


def test_too_much_waiting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "MAX_WAITING", 1)
    gate = Gate()
    assert gate.wait(1, lambda: None)
    assert not gate.wait(1, lambda: None)
