from __future__ import annotations

from tertulia_client.testing.samples import ANA, BOT, card, post_data, thread_data
from tertulia_wire.data import CardData, PostData, ThreadData


def test_samples_have_every_field_of_the_wire() -> None:
    assert set(post_data(1, 1, 1, "x")) == set(PostData.__annotations__)
    assert set(thread_data(1)) == set(ThreadData.__annotations__)
    assert set(ANA) == set(BOT) == set(card(9, "Eve")) == set(CardData.__annotations__)
