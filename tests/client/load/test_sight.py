from __future__ import annotations

import json

from tertulia_client.ledger import Balance
from tertulia_client.load.loop_lag import LoopLag
from tertulia_client.load.sight import Sight
from tertulia_client.load.timeline import Moment


def sight(connected: int, *times_s: float, share: float = 0.1) -> Sight:
    found = Sight(connected, 1, Balance(10, 9, 1, 0, 0, 0), busiest_share=share, cpu_share=share)
    for time_s in times_s:
        found.deliveries.record(time_s)
        found.second.record(time_s)
        found.parts.record(time_s, 0.0)
    return found


def test_sights_of_several_processes_are_added_and_the_busiest_counts() -> None:
    together = sight(3, 0.1, 0.1).apart()
    together.add(json.loads(json.dumps(sight(4, 0.2, share=0.95).as_values())))
    assert (together.connected, together.reconnects, together.balance) == (7, 2, Balance(20, 18, 2, 0, 0, 0))
    assert (together.deliveries.count, together.parts.whole.count, together.deliveries.max_s) == (3, 3, 0.2)
    assert (together.cpu_share, together.soundness.is_valid) == (0.95, False)
    moment = together.moment(Moment(5.0, 0, 0, 7, 0.0, 0.0, 0.0, 0.001))
    assert (moment.connected, moment.deliveries, moment.acknowledged, moment.max_s) == (7, 3, 7, 0.2)


def test_what_is_added_is_not_in_the_books_that_were_looked_at() -> None:
    ours = sight(3, 0.1)
    ours.apart().add(sight(4, 0.2).as_values())
    assert (ours.connected, ours.deliveries.count) == (3, 1)


def test_lag_is_that_of_the_loop() -> None:
    lag, found = LoopLag(lambda: 0.0), Sight()
    lag.lags.record(0.05)
    found.note_lag(lag)
    assert not found.soundness.is_valid
