"""The languages of the pages: their words, and how they write days and numbers.

English is what stands in the code; another language is a file in ``locale/``. The language of a request is kept in a
context variable, set by `language_choice`, so that whatever makes words for the request finds it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final

from tertulia_server.errors import Sentence
from tertulia_server.web.po_files import PoEntry, read_po, translations_of

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Language:
    """``code`` as in ``lang="es"``; ``day`` is a pattern of ``{day}``, ``{month}``, ``{year}``.

    ``least_grouped``: the smallest number that gets a separator of thousands.
    """

    code: str
    name: str
    months: tuple[str, ...]
    day: str
    separator: str
    least_grouped: int

    @cached_property
    def entries(self) -> list[PoEntry]:
        """What its file holds; English has none."""
        file = LOCALE_FOLDER / f"{self.code}.po"
        return read_po(file) if file.is_file() else []

    @cached_property
    def translations(self) -> NullTranslations:
        """Its words by the English ones."""
        return translations_of(self.entries) if self.entries else NullTranslations()

    def write_day(self, value: date) -> str:
        """``Oct 21, 2011``, or what it is here."""
        return self.day.format(day=value.day, month=self.months[value.month - 1], year=value.year)

    def write_number(self, number: int) -> str:
        """``8,024``, or what it is here."""
        return f"{number:,}".replace(",", self.separator) if abs(number) >= self.least_grouped else str(number)


ENGLISH: Final = Language(
    code="en",
    name="English",
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    day="{month} {day}, {year}",
    separator=",",
    least_grouped=1_000,
)
SPANISH: Final = Language(
    code="es",
    name="Español",
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    day="{day} {month} {year}",
    separator=".",
    least_grouped=10_000,  # the Academy's and Unicode's rule: four digits stand together
)
LANGUAGES: Final = {language.code: language for language in (ENGLISH, SPANISH)}

_current: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def current_language() -> Language:
    """The language of the request that is being answered; English outside of any."""
    return _current.get()


def set_language(language: Language) -> None:
    """For the rest of this request, which has a context of its own."""
    _current.set(language)


def gettext(message: str) -> str:
    """The words in the language of this request; imported as ``_``. Values go in afterwards: ``_(...) % {...}``."""
    return _current.get().translations.gettext(message) if message else ""


def ngettext(one: str, many: str, number: int) -> str:
    """The same for words that follow a number."""
    return _current.get().translations.ngettext(one, many, number)


def later(message: str) -> str:
    """Marks words of a table for the catalogue, as they are: they go through `gettext` where they are shown."""
    return message


def say(sentence: str) -> str:
    """A sentence of an error in the language of this request; one that is in no catalogue stays as it is."""
    if isinstance(sentence, Sentence):
        return gettext(sentence.template) % {name: _written(value) for name, value in sentence.values.items()}
    return gettext(sentence)


def _written(value: Any) -> str:
    return _current.get().write_number(value) if isinstance(value, int) else str(value)
