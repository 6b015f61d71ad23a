"""Commands: ``!weather Lima 3`` calls ``weather(post, city="Lima", days=3)``; errors and help are said by the kit."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from tertulia_client.bots.handlers import hints_of, parameters_of, title_of
from tertulia_client.bots.words import Word, WordError, read_words, word_of
from tertulia_client.events import Event, PostCreated, Reset

MAX_LINE_CHARS: Final = 2000
HELP: Final = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """``words`` come from the post; ``wants`` are names that the bot provides."""

    name: str
    function: Callable[..., Any]
    title: str
    summary: str
    words: tuple[Word, ...]
    wants: tuple[str, ...]

    def usage(self, prefix: str) -> str:
        return " ".join([f"{prefix}{self.name}", *(word.usage for word in self.words)])


def command_of(function: Callable[..., Any], name: str, provided: Iterable[str]) -> Command:
    """Read a command's signature: after the post, what is provided by name, and the words.

    `TypeError` when an argument can be neither.
    """
    title = title_of(function)
    hints = hints_of(function, title)
    provided = set(provided)
    words: list[Word] = []
    wants: list[str] = []
    for parameter in parameters_of(function, title)[1:]:
        if parameter.name in provided:
            wants.append(parameter.name)
        else:
            words.append(word_of(parameter, hints.get(parameter.name, str), title))
    for word, follower in pairwise(words):
        if word.takes_rest:
            raise TypeError(f"{title}: {word.name} takes all words, so that {follower.name} gets none.")
        if not word.is_required and follower.is_required:
            raise TypeError(f"{title}: {follower.name} is needed, so {word.name} before it cannot be left out.")
    summary = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ").strip()
    return Command(name or function.__name__, function, title, summary, tuple(words), tuple(wants))


class CommandTable:
    """The commands of a bot. Posts of bots command nobody."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.commands: dict[str, Command] = {}

    def add(self, command: Command) -> None:
        if command.name in self.commands or command.name == HELP:
            raise ValueError(f"There is a command {self.prefix}{command.name} already.")
        self.commands[command.name] = command

    def find(self, event: Event | Reset) -> tuple[str, str] | None:
        """Name and words, if the post begins with a command of ours or asks for help."""
        if not isinstance(event, PostCreated) or event.author.is_bot:
            return None
        line = event.text.lstrip().partition("\n")[0].strip()
        if not line.startswith(self.prefix) or len(line) > MAX_LINE_CHARS:
            return None
        name, _, words = line[len(self.prefix) :].partition(" ")
        name = name.casefold()
        return (name, words) if name == HELP or name in self.commands else None

    def answer_in_words(self, name: str, words: str) -> str:
        """Help for one command, or for all."""
        asked = words.strip().removeprefix(self.prefix).casefold() if name == HELP else name
        one = self.commands.get(asked)
        if one is not None:
            return f"`{one.usage(self.prefix)}`" + (f": {one.summary}" if one.summary else "")
        lines = [
            f"- `{command.usage(self.prefix)}`" + (f": {command.summary}" if command.summary else "")
            for command in self.commands.values()
        ]
        first = f"There is no command `{self.prefix}{asked}`. These are mine:" if asked else "My commands:"
        return "\n".join([first, "", *lines])

    def read(self, command: Command, words: str) -> tuple[list[Any], dict[str, Any]] | str:
        """The arguments, or the sentence that says what is wrong and how it is used."""
        try:
            return read_words(command.words, words)
        except WordError as error:
            return f"{error} Usage: `{command.usage(self.prefix)}`"
