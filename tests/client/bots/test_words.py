from __future__ import annotations

import inspect
from enum import Enum
from typing import Any, Literal, get_type_hints

import pytest

from tertulia_client.bots.words import MAX_WORDS, Word, WordError, read_words, split, word_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def weather(city: str, days: int = 1, warm: bool = False) -> None: ...


def say(to: str, *, what: str) -> None: ...


def greet(*names: str) -> None: ...


def paint(colour: Colour, size: Literal["big", "small"] = "big", ratio: float | None = None) -> None: ...


def words_of(function: Any) -> list[Word]:
    hints = get_type_hints(function)
    return [word_of(one, hints[one.name], function.__name__) for one in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize(
    ("function", "line", "values", "rest"),
    [
        (weather, "Lima", ["Lima"], {}),
        (weather, "Lima 3", ["Lima", 3], {}),
        (weather, '"San Juan" 3 yes', ["San Juan", 3, True], {}),
        (say, "Ana it's  late", ["Ana"], {"what": "it's late"}),
        (greet, "Ana Bob", ["Ana", "Bob"], {}),
        (greet, "", [], {}),
        (paint, "RED small 0.5", [Colour.RED, "small", 0.5], {}),
        (paint, "blue", [Colour.BLUE], {}),
    ],
)
def test_words_become_values(function: Any, line: str, values: list[Any], rest: dict[str, Any]) -> None:
    assert read_words(words_of(function), line) == (values, rest)


@pytest.mark.parametrize(
    ("function", "line", "sentence"),
    [
        (weather, "", "city is missing."),
        (weather, "Lima many", "days must be a whole number, not 'many'."),
        (weather, "Lima 3 perhaps", "warm must be yes or no, not 'perhaps'."),
        (weather, "Lima 3 yes more", "'more' is one word too many."),
        (weather, '"Lima', "A quotation mark"),
        (say, "Ana", "what is missing."),
        (paint, "green", "colour is one of red, blue, not 'green'."),
        (paint, "red huge", "size is one of big, small, not 'huge'."),
        (paint, "red big half", "ratio must be a number, not 'half'."),
        (greet, "x " * (MAX_WORDS + 1), "at most"),
    ],
)
def test_wrong_words_get_a_sentence(function: Any, line: str, sentence: str) -> None:
    with pytest.raises(WordError, match=sentence.replace("(", r"\(")):
        read_words(words_of(function), line)


@pytest.mark.parametrize(
    ("function", "usage"),
    [
        (weather, "<city: str> [days: int = 1] [warm: bool = False]"),
        (say, "<to: str> <what: str ...>"),
        (greet, "[names: str ...]"),
        (paint, "<colour: red|blue> [size: big|small = big] [ratio: float]"),
    ],
)
def test_usage_shows_what_may_be_left_out(function: Any, usage: str) -> None:
    assert " ".join(word.usage for word in words_of(function)) == usage


def test_type_that_no_word_can_be_is_refused() -> None:
    def wrong(when: bytes) -> None: ...

    with pytest.raises(TypeError, match="when can be str"):
        words_of(wrong)


def test_apostrophes_and_backslashes_are_letters() -> None:
    assert split(r"it's C:\temp #1") == ["it's", r"C:\temp", "#1"]
