"""Which functions an event calls, and with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from tertulia_client.bots.collection import Handlers
from tertulia_client.bots.commands import Command, CommandTable, command_of
from tertulia_client.bots.handlers import Handler, is_async
from tertulia_client.errors import ClientError
from tertulia_client.events import Event, Reset


@dataclass(frozen=True, slots=True)
class Call:
    """A function with all its arguments but the event. ``answer``, if there is no function: a text to be said."""

    title: str
    function: Callable[..., Any] | None = None
    values: Sequence[Any] = ()
    named: Mapping[str, Any] = field(default_factory=dict)
    answer: str = ""

    @property
    def is_async(self) -> bool:
        return self.function is None or is_async(self.function)


class Switchboard:
    """Made from collections and from what is provided; `ClientError` when a function asks for what nobody provides."""

    def __init__(self, collections: Sequence[Handlers], provided: Mapping[str, Any], *, prefix: str) -> None:
        self.provided = provided
        self._handlers: list[Handler] = [handler for one in collections for handler in one.handlers]
        self._ready = [
            (handler, Call(handler.title, handler.function, (), handler.arguments(provided)))
            for handler in self._handlers
        ]
        self._commands = CommandTable(prefix)
        for handler in self._handlers:
            handler.check_provided(provided)
        for collection in collections:
            for name, function in collection.command_functions:
                self._add_command(name, function)

    def calls(self, event: Event | Reset) -> list[Call]:
        """In the order in which the functions were added, a command last."""
        calls = [call for handler, call in self._ready if handler.takes(event)]
        found = self._commands.find(event) if self._commands.commands else None
        if found is not None:
            calls.append(self._command_call(*found))
        return calls

    def title_of_stack(self, frame: FrameType | None) -> str:
        """The function of ours that a stack is in."""
        titles = self._titles()
        while frame is not None:
            if frame.f_code in titles:
                return titles[frame.f_code]
            frame = frame.f_back
        return "Something that is no handler"

    def _add_command(self, name: str, function: Callable[..., Any]) -> None:
        try:
            self._commands.add(command_of(function, name, self.provided))
        except (TypeError, ValueError) as error:
            raise ClientError(str(error)) from error

    def _command_call(self, name: str, words: str) -> Call:
        title = f"{self._commands.prefix}{name}"
        command = self._commands.commands.get(name)
        if command is None:
            return Call(title, answer=self._commands.answer_in_words(name, words))
        read = self._commands.read(command, words)
        if isinstance(read, str):
            return Call(title, answer=read)
        values, rest = read
        return Call(title, command.function, *_placed(command, values, rest, self.provided))

    def _titles(self) -> dict[CodeType, str]:
        functions: list[tuple[Callable[..., Any], str]] = [(one.function, one.title) for one in self._handlers]
        functions += [(one.function, one.title) for one in self._commands.commands.values()]
        return {function.__code__: title for function, title in functions if hasattr(function, "__code__")}


def _placed(
    command: Command, values: Sequence[Any], rest: Mapping[str, Any], provided: Mapping[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """What is provided stands between the words in the signature, so that words go by name where they can."""
    given = {name: provided[name] for name in command.wants} | dict(rest)
    single = [word for word in command.words if not word.takes_rest]
    if command.words and command.words[-1].is_several:
        return values, given
    return (), given | {word.name: value for word, value in zip(single, values, strict=False)}
