from __future__ import annotations

from typing import get_type_hints

from tertulia_wire import signals
from tertulia_wire.examples import SIGNAL_EXAMPLES
from tertulia_wire.schemas import DATA_SHAPES


def test_each_signal_of_a_server_has_a_described_shape_and_an_example() -> None:
    assert set(signals.SIGNAL_DATA.values()) <= set(DATA_SHAPES)
    assert SIGNAL_EXAMPLES.keys() == signals.SIGNAL_DATA.keys()
    for name, example in SIGNAL_EXAMPLES.items():
        assert example.name == name
        assert example.data.keys() == get_type_hints(signals.SIGNAL_DATA[name]).keys()
    assert signals.CLIENT_SIGNALS.isdisjoint(signals.SIGNAL_DATA)
