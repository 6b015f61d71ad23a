from __future__ import annotations

import sys
from typing import Any

import pytest

from tertulia_client.bots.calls import Call, Switchboard
from tertulia_client.bots.collection import Handlers
from tertulia_client.errors import ClientError
from tertulia_client.events import PostCreated, Reset
from tertulia_wire.cursors import Cursor
from tests.client.bots.samples import post_created

handlers = Handlers()


@handlers.on
async def listen(post: PostCreated, database: Any) -> None: ...


@handlers.on
def start_over(reset: Reset) -> None: ...


@handlers.command
async def move(post: PostCreated, who: str, database: Any, days: int = 1, *, why: str = "") -> None: ...


@handlers.command
def greet(post: PostCreated, *names: str) -> None: ...


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard([handlers], {"database": "d"}, prefix="!")


def test_event_calls_who_takes_it(switchboard: Switchboard) -> None:
    [call] = switchboard.calls(post_created("x"))
    assert call == Call("listen", listen, (), {"database": "d"})
    assert call.is_async
    [reset] = switchboard.calls(Reset("thread:1", Cursor("e", 1), "epoch"))
    assert (reset.title, reset.is_async) == ("start_over", False)


def test_command_is_called_with_its_words_last(switchboard: Switchboard) -> None:
    _, call = switchboard.calls(post_created("!move Ana 3 because I say so"))
    assert call == Call("!move", move, (), {"database": "d", "who": "Ana", "days": 3, "why": "because I say so"})
    _, call = switchboard.calls(post_created("!greet Ana Bob"))
    assert call == Call("!greet", greet, ["Ana", "Bob"], {})


def test_wrong_words_and_help_are_answered(switchboard: Switchboard) -> None:
    _, call = switchboard.calls(post_created("!move Ana x"))
    assert call.function is None
    assert call.answer.startswith("days must be a whole number")
    assert switchboard.calls(post_created("!help"))[1].answer.startswith("My commands:")


def test_bot_without_commands_has_no_help() -> None:
    assert Switchboard([], {}, prefix="!").calls(post_created("!help")) == []


def test_what_nobody_provides_is_told_at_the_start() -> None:
    with pytest.raises(ClientError, match="listen asks for database"):
        Switchboard([handlers], {}, prefix="!")
    with pytest.raises(ClientError, match="!move already"):
        Switchboard([handlers, handlers], {"database": "d"}, prefix="!")


def test_function_is_known_by_the_stack_that_it_stands_in() -> None:
    stacks = Handlers()
    seen: list[str] = []
    board: list[Switchboard] = []

    @stacks.on
    def deep(post: PostCreated) -> None:
        def deeper() -> None:
            seen.append(board[0].title_of_stack(sys._getframe()))

        deeper()

    board.append(Switchboard([stacks], {}, prefix="!"))
    deep(post_created("x"))
    assert seen[0].endswith("deep")
    assert board[0].title_of_stack(sys._getframe()) == "Something that is no handler"
