from __future__ import annotations

from tertulia_wire import signals
from tertulia_wire.examples import SERVER_EXAMPLES
from tertulia_wire.messages import Signal
from tertulia_wire.schemas import DATA_SHAPES


def test_each_signal_of_a_server_has_a_described_shape_and_an_example() -> None:
    assert set(signals.SIGNAL_DATA.values()) <= set(DATA_SHAPES)
    shown = {example.name for example in SERVER_EXAMPLES if isinstance(example, Signal)}
    assert shown == set(signals.SIGNAL_DATA)
    assert signals.CLIENT_SIGNALS.isdisjoint(signals.SIGNAL_DATA)
