from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tertulia_client.load.traffic.disguise import disguise


def test_marks_and_spaces_stay_and_letters_become_others_of_their_kind() -> None:
    text = "> *Ana*: look at [this](https://example.org/a?b=12), Grüße!\n\nAnd 3 more."
    other = disguise(text, random.Random(1))
    assert "https://" in other
    for letter, became in zip(text.replace("https", ""), other.replace("https", ""), strict=True):
        if letter.isalnum():
            assert (letter.isdigit(), letter.isupper()) == (became.isdigit(), became.isupper())
        else:
            assert letter == became
    assert not {"Ana", "look", "Grüße", "example"} & set(other.replace("/", " ").split())


@given(st.text())
def test_as_many_characters_and_bytes_whatever_it_is(text: str) -> None:
    other = disguise(text, random.Random(2))
    assert (len(other), len(other.encode())) == (len(text), len(text.encode()))


def test_the_same_word_becomes_another_each_time() -> None:
    rng = random.Random(3)
    assert len({disguise("lighthouse", rng) for _ in range(20)}) == 20
