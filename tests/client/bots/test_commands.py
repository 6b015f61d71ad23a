from __future__ import annotations

from typing import Any

import pytest

from tertulia_client.bots.commands import MAX_LINE_CHARS, CommandTable, command_of
from tertulia_client.events import PostCreated, Reset
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import member_changed, post_created


async def weather(post: PostCreated, city: str, bot: Any = None, days: int = 1) -> str:
    """The weather of a city.

    More than one wants to know.
    """
    return f"{city} {days}"


async def roll(post: PostCreated) -> None: ...


def table() -> CommandTable:
    table = CommandTable("!")
    for function in (weather, roll):
        table.add(command_of(function, "", ["bot"]))
    return table


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("!weather Lima 3", ("weather", "Lima 3")),
        ("  !WEATHER Lima\nand more", ("weather", "Lima")),
        ("!roll", ("roll", "")),
        ("!help", ("help", "")),
        ("!help weather", ("help", "weather")),
        ("!unknown", None),
        ("weather", None),
        ("what about !weather", None),
        ("!weather " + "x" * MAX_LINE_CHARS, None),
    ],
)
def test_command_is_found_at_the_beginning_of_a_post(text: str, found: Any) -> None:
    assert table().find(post_created(text)) == found


def test_only_new_posts_of_people_command() -> None:
    assert table().find(post_created("!roll", by_bot=True)) is None
    assert table().find(member_changed()) is None
    assert table().find(Reset("thread:1", Cursor("e1", 1), "epoch")) is None


def test_words_are_read_by_the_signature_and_what_is_provided_is_left_out() -> None:
    commands = table()
    command = commands.commands["weather"]
    assert command.wants == ("bot",)
    assert commands.read(command, "Lima 3") == (["Lima", 3], {})
    assert commands.read(command, "Lima x") == (
        "days must be a whole number, not 'x'. Usage: `!weather <city: str> [days: int = 1]`"
    )


def test_help_tells_of_one_or_of_all() -> None:
    commands = table()
    one = "`!weather <city: str> [days: int = 1]`: The weather of a city."
    assert commands.answer_in_words("help", "weather") == one
    assert commands.answer_in_words("help", "!weather") == one
    assert commands.answer_in_words("help", "") == f"My commands:\n\n- {one}\n- `!roll`"
    assert commands.answer_in_words("help", "dance").startswith("There is no command `!dance`.")


def test_names_are_given_once() -> None:
    with pytest.raises(ValueError, match="!roll already"):
        table().add(command_of(roll, "", []))
    with pytest.raises(ValueError, match="!help already"):
        table().add(command_of(roll, "help", []))


def test_signature_that_cannot_be_read_is_refused() -> None:
    async def late(post: PostCreated, days: int = 1, *, city: str) -> None: ...

    async def greedy(post: PostCreated, *names: str, last: str) -> None: ...

    async def nothing() -> None: ...

    with pytest.raises(TypeError, match="days before it cannot be left out"):
        command_of(late, "", [])
    with pytest.raises(TypeError, match="last gets none"):
        command_of(greedy, "", [])
    with pytest.raises(TypeError, match="must take an event first"):
        command_of(nothing, "", [])
