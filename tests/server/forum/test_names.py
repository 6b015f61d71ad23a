from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.errors import Refusal
from tertulia_server.forum.names import MAX_STORED_NAME_CHARS, check_name, name_key
from tertulia_wire.codes import Code


@pytest.mark.parametrize(
    "name",
    ["Jo", "Lankan Ranger", "O'Neill-2", "Åsa", "Никита", "王伟", "محمد", "x" * 40, "42", "देवी", "mr. wick"],
)
def test_name_of_people_is_taken(name: str) -> None:
    assert name == check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "x", "x" * 41, " ab", "ab ", "a  b", "a\tb", "a\nb", "a\u00a0b", "a\u200bb", "a\u200db", "a\x00b"),
        *("\u202eevil", "a\ud800b", "\u3164\u3164", "--", "...", "\u0301ab", "🚨🚨", "a\ufe0fb", "a\ue000b"),
        *("p\u0430ypal", "\u0391dmin"),
    ],
)
def test_name_that_hides_something_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_name(name)
    assert refused.value.code is Code.INVALID


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lankan Ranger", "lankan ranger"),
        ("Lankan Ranger", "LANKAN\u00a0RANGER"),
        ("Lankan Ranger", "Lankan  Ranger "),
        ("Lankan Ranger", "Lan\u200bkan\u200d Ranger\ufeff"),
        ("fish", "ﬁsh"),
        ("Straße", "STRASSE"),
        ("abc", "ａｂｃ"),
        ("Åsa", "A\u030asa"),
        ("ab", "a\u00adb"),
    ],
)
def test_name_key_of_names_that_look_alike_is_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Ann Lee", "AnnLee"), ("Anna", "Änna"), ("a-b", "a_b")])
def test_name_key_of_different_names_differs(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(max_size=200))
def test_name_key_of_anything_is_stable_and_fits(name: str) -> None:
    key = name_key(name)
    assert len(key) <= MAX_STORED_NAME_CHARS
    assert key == name_key(f" {name}\u200b")


@given(st.text(max_size=45))
def test_name_taken_has_a_key_and_stays_itself(name: str) -> None:
    try:
        taken = check_name(name)
    except Refusal:
        return
    assert taken == check_name(taken)
    assert name_key(taken)
