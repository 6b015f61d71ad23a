from __future__ import annotations

import pytest

from tertulia_client.load.others.adapter import Adapter


def test_adapter_says_nothing_by_itself_and_knows_its_channel() -> None:
    adapter = Adapter("thread:1")
    assert (adapter.channel, list(adapter.begin()), adapter.path, adapter.subprotocol) == ("thread:1", [], "/", None)
    with pytest.raises(NotImplementedError):
        adapter.parse(b"")
    with pytest.raises(NotImplementedError):
        adapter.publish("")
