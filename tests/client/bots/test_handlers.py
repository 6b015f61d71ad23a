from __future__ import annotations

from typing import Optional, Union

import pytest

from tertulia_client.bots.filters import Filter
from tertulia_client.bots.handlers import check_async, handler_of, is_async
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, PostCreated, PostEdited, PostEvent, Reset, ThreadCreated, read_event
from tertulia_client.notices import EventReceived
from tertulia_client.testing import post_data, thread_data
from tertulia_wire.cursors import Cursor


def event(name: str) -> Event:
    data = {"post": post_data(1, 1, 1, "x"), "thread": thread_data(1)}
    return read_event(EventReceived("thread:1", 1, name, data, Cursor("e1", 1)))


async def on_created(post: PostCreated) -> None: ...


async def on_posts(post: PostCreated | PostEdited) -> None: ...


async def on_old_union(post: Union[PostCreated, ThreadCreated]) -> None: ...  # noqa: UP007 - as people still write it


async def on_any(event: Event, more: int = 1) -> None: ...


async def on_reset(reset: Reset) -> None: ...


async def bare(event) -> None: ...  # type: ignore[no-untyped-def]


def plain(post: PostCreated) -> None: ...


async def two(post: PostCreated, other: int) -> None: ...


async def rest(post: PostCreated, *others: int) -> None: ...


async def none() -> None: ...


async def number(post: int) -> None: ...


async def maybe(post: Optional[PostCreated]) -> None: ...  # noqa: UP045 - as people still write it


async def unknown(post: Nothing) -> None: ...  # type: ignore[name-defined]  # noqa: F821 - the case under test


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (on_created, (PostCreated,)),
        (on_posts, (PostCreated, PostEdited)),
        (on_old_union, (PostCreated, ThreadCreated)),
        (on_any, (Event,)),
        (on_reset, (Reset,)),
    ],
)
def test_type_of_the_argument_chooses_the_events(function, kinds) -> None:  # type: ignore[no-untyped-def]
    assert handler_of(function).kinds == kinds


@pytest.mark.parametrize("function", [bare, rest, none, number, maybe, unknown])
def test_function_that_is_no_handler_is_told_what_one_looks_like(function) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match=function.__name__):
        handler_of(function)


def test_handler_takes_its_kinds_and_their_kinds() -> None:
    created = handler_of(on_created)
    assert created.takes(event("post.created"))
    assert not created.takes(event("post.edited"))
    assert handler_of(on_posts).takes(event("post.edited"))
    assert issubclass(PostCreated, PostEvent)
    assert handler_of(on_any).takes(event("post.removed"))


def test_void_reaches_only_who_names_it() -> None:
    assert not handler_of(on_any).takes(event("void"))
    assert handler_of(bare, "void").takes(event("void"))


def test_handler_by_name_takes_that_name_even_if_unknown() -> None:
    sung = handler_of(bare, "post.sung")
    assert sung.takes(event("post.sung"))
    assert not sung.takes(event("post.created"))
    assert not sung.takes(Reset("thread:1", Cursor("e1", 1), "epoch"))


def test_what_follows_the_event_is_handed_in_by_name() -> None:
    handler = handler_of(two)
    assert handler.arguments({"other": 3, "bot": "b"}) == {"other": 3}
    handler.check_provided({"other": 3})
    with pytest.raises(ClientError, match="two asks for other"):
        handler.check_provided({})
    handler_of(on_any).check_provided({})


def test_filter_lets_only_some_events_through() -> None:
    assert handler_of(on_created, only=Filter(author="ana")).takes(event("post.created"))
    assert not handler_of(on_created, only=Filter(author="bob")).takes(event("post.created"))


def test_plain_function_is_a_handler_too() -> None:
    assert handler_of(plain).takes(event("post.created"))
    assert is_async(on_created)
    assert not is_async(plain)
    with pytest.raises(TypeError, match="must be an async function"):
        check_async(plain, "plain")
