"""The words after a command, read as the arguments of a function."""

from __future__ import annotations

import inspect
import shlex
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin

MAX_WORDS: Final = 64

_TRUE: Final = frozenset({"yes", "y", "true", "on", "1"})
_FALSE: Final = frozenset({"no", "n", "false", "off", "0"})
_KINDS: Final[Mapping[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "yes or no",
}


class WordError(Exception):
    """What is wrong with the words, in a sentence for whoever wrote them."""


@dataclass(frozen=True, slots=True)
class Word:
    """One argument. ``takes_rest``: all that is left, as a text (``*, reason: str``) or as words (``*names: str``)."""

    name: str
    kind: Any
    default: Any = inspect.Parameter.empty
    takes_rest: bool = False
    is_several: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is inspect.Parameter.empty and not self.is_several

    @property
    def usage(self) -> str:
        """``<city: str>``, ``[days: int = 1]``, ``[names: str ...]``."""
        kind = "|".join(map(str, choices_of(self.kind))) or _base(self.kind).__name__
        words = f"{self.name}: {kind}{' ...' if self.takes_rest else ''}"
        if self.is_required:
            return f"<{words}>"
        shown = "" if self.is_several or self.default is None else f" = {_plain(self.default)}"
        return f"[{words}{shown}]"

    def read(self, text: str) -> Any:
        """The value; `WordError` if the text is none."""
        choices = choices_of(self.kind)
        if choices:
            for choice in choices:
                if str(choice).casefold() == text.casefold():
                    return _base(self.kind)(choice) if _is_enum(self.kind) else choice
            raise WordError(f"{self.name} is one of {', '.join(map(str, choices))}, not {text!r}.")
        base = _base(self.kind)
        try:
            return _read_bool(text) if base is bool else base(text)
        except ValueError:
            raise WordError(f"{self.name} must be {_KINDS.get(base, base.__name__)}, not {text!r}.") from None


def word_of(parameter: inspect.Parameter, kind: Any, title: str) -> Word:
    """A parameter of a command's function; `TypeError` when no word can be read as its type."""
    if kind is inspect.Parameter.empty:
        kind = str
    if not choices_of(kind) and _base(kind) not in _KINDS:
        raise TypeError(f"{title}: {parameter.name} can be str, int, float, bool, a Literal or an Enum, not {kind}.")
    is_several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    takes_rest = is_several or (parameter.kind is inspect.Parameter.KEYWORD_ONLY and _base(kind) is str)
    return Word(parameter.name, kind, parameter.default, takes_rest, is_several)


def read_words(words: Sequence[Word], line: str) -> tuple[list[Any], dict[str, Any]]:
    """Positional values and the one that takes the rest; `WordError` says what is missing, too much or wrong."""
    texts = split(line)
    values: list[Any] = []
    rest: dict[str, Any] = {}
    for place, word in enumerate(words):
        if word.is_several:
            values += [word.read(text) for text in texts[place:]]
            return values, rest
        if word.takes_rest and texts[place:]:
            rest[word.name] = word.read(" ".join(texts[place:]))
            return values, rest
        if place < len(texts):
            values.append(word.read(texts[place]))
        elif word.is_required:
            raise WordError(f"{word.name} is missing.")
    if len(texts) > len(words):
        raise WordError(f"{texts[len(words)]!r} is one word too many.")
    return values, rest


def split(line: str) -> list[str]:
    """Words; ``"several in quotes"`` are one."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.quotes = '"'
    lexer.escape = ""
    try:
        texts = list(lexer)
    except ValueError:
        raise WordError('A quotation mark (") is not closed.') from None
    if len(texts) > MAX_WORDS:
        raise WordError(f"A command takes at most {MAX_WORDS} words.")
    return texts


def choices_of(kind: Any) -> tuple[Any, ...]:
    """What a Literal or an Enum allows; empty for all else."""
    kind = _base(kind)
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(member.value for member in kind) if _is_enum(kind) else ()


def _is_enum(kind: Any) -> bool:
    kind = _base(kind)
    return isinstance(kind, type) and issubclass(kind, Enum)


def _base(kind: Any) -> Any:
    """``int`` of ``int | None``."""
    if get_origin(kind) in (Union, types.UnionType):
        members = [member for member in get_args(kind) if member is not type(None)]
        return members[0] if len(members) == 1 else kind
    return kind


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _read_bool(text: str) -> bool:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE
