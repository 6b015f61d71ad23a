from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from tertulia_client.load.traffic.lines import Line
from tertulia_client.load.traffic.recording import Numbers, Recorder
from tertulia_client.notices import EventReceived
from tertulia_client.testing.samples import ANA, CREATED_MS, post_data, thread_data
from tertulia_wire.cursors import Cursor


def event(name: str, data: Mapping[str, Any], channel: str = "thread:17") -> EventReceived:
    return EventReceived(channel, 5, name, data, Cursor("e1", 5))


def said(post_id: int = 9, **changes: Any) -> Mapping[str, Any]:
    return {"post": {**post_data(post_id, 17, 1, "Good evening."), **changes}, "thread": thread_data(17, 1)}


def recorder(*, keeps_texts: bool = True) -> Recorder:
    return Recorder(keeps_texts=keeps_texts, rng=random.Random(1))


def test_live_event_is_a_line_with_its_time_size_and_numbers_instead_of_ids() -> None:
    taking = recorder()
    first = taking.take(event("post.created", said(9)), 1_000)
    second = taking.take(event("post.rated", said(9, version=2, positive=3)), 1_250)
    assert 200 < first.size_bytes < 1500
    assert first == Line(0, "thread:17", "post.created", first.size_bytes, 1, 1, 1, 1, "Good evening.")
    assert (second.at_ms, second.post, second.version, second.positive, second.text) == (250, 1, 2, 3, None)
    assert taking.take(event("post.created", said(4)), 1_300).post == 2


def test_time_does_not_go_back() -> None:
    taking = recorder()
    moments = [taking.take(event("post.created", said(number)), now) for number, now in enumerate((500, 400, 600), 1)]
    assert [line.at_ms for line in moments] == [0, 0, 100]


def test_event_out_of_the_log_has_the_time_of_what_it_is_about() -> None:
    taking = recorder()
    times = [
        taking.take(event("post.created", said(1)), None),
        taking.take(event("post.created", said(2, created_ms=CREATED_MS + 60_000)), None),
        taking.take(event("post.edited", said(1, version=2, edited_ms=CREATED_MS + 90_000)), None),
        taking.take(event("post.created", said(3, created_ms=None)), None),
        taking.take(event("thread.created", {"thread": thread_data(18)}), None),
        taking.take(event("post.created", said(4)), CREATED_MS + 100_000),
    ]
    assert [line.at_ms for line in times] == [0, 60_000, 90_000, 90_000, 90_000, 100_000]


def test_texts_and_titles_are_replaced_and_names_are_in_no_line() -> None:
    taking = recorder(keeps_texts=False)
    line = taking.take(event("post.created", said()), 0)
    thread = taking.take(event("thread.changed", {"thread": thread_data(17)}), 0)
    assert line.text is not None
    assert (len(line.text), line.text != "Good evening.", line.text[-1]) == (13, True, ".")
    assert thread.title not in {None, "Thread 17"}
    assert ANA["name"] not in repr([line, thread])


def test_what_is_about_no_post_or_has_strange_data_is_a_line_too() -> None:
    taking = recorder()
    assert taking.take(event("void", {}), 0).name == "void"
    odd = taking.take(event("post.created", {"post": [1], "thread": {"id": "x", "version": True}}), 0)
    assert (odd.post, odd.thread, odd.version, odd.text) == (0, 0, 0, None)
    assert Numbers().of(None) == 0
