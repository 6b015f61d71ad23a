from __future__ import annotations

import re

import pytest

from tertulia_client.bots.collection import Handlers
from tertulia_client.bots.filters import Filter
from tertulia_client.events import Event, PostCreated


async def listen(post: PostCreated) -> None: ...


async def sung(event: Event) -> None: ...


def test_handlers_are_collected_with_what_they_want() -> None:
    handlers = Handlers()
    assert handlers.on(listen) is listen
    assert handlers.on("post.sung")(sung) is sung
    pattern = re.compile("x")
    handlers.on(channels="forum:*", author="Ana", text=pattern)(listen)
    first, second, third = handlers.handlers
    assert (first.kinds, second.name) == ((PostCreated,), "post.sung")
    assert third.filter == Filter(("forum:*",), "Ana", pattern)


def test_commands_have_the_name_of_their_function_or_another() -> None:
    handlers = Handlers()
    assert handlers.command(listen) is listen
    assert handlers.command("hear")(listen) is listen
    assert handlers.command()(listen) is listen
    assert [name for name, _ in handlers.command_functions] == ["", "hear", ""]


def test_what_cannot_be_is_refused_where_it_stands() -> None:
    handlers = Handlers()
    with pytest.raises(TypeError):
        handlers.on(lambda event: None)
    with pytest.raises(TypeError):
        handlers.command(lambda: None)
    with pytest.raises(TypeError):
        handlers.middleware(lambda event, call_next: None)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="more than 0"):
        handlers.every(0)
