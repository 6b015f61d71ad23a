from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from tertulia_server.cli.switching import SWITCH_INTERVAL_S, switch_often


@pytest.fixture(autouse=True)
def own_interval() -> Iterator[None]:
    before_s = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before_s)


def test_busy_thread_gives_others_their_turn_within_the_interval() -> None:
    switch_often()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
    has_run = threading.Event()
    other = threading.Thread(target=has_run.set)
    other.start()
    while not has_run.is_set():
        sum(range(100))
    other.join()
