from __future__ import annotations

from datetime import date

from tertulia_server.errors import Sentence
from tertulia_server.web.languages import (
    ENGLISH,
    SPANISH,
    current_language,
    gettext,
    later,
    ngettext,
    say,
    set_language,
)


async def test_outside_of_a_request_all_is_english() -> None:
    assert current_language() is ENGLISH
    assert gettext("Sign in") == later("Sign in") == "Sign in"
    assert [ngettext("one", "many", number) for number in (0, 1, 2)] == ["many", "one", "many"]
    assert say(Sentence("At most %(most)s.", most=20_000)) == "At most 20,000."


async def test_spanish_words_days_and_numbers() -> None:
    set_language(SPANISH)
    assert gettext("Sign in") == "Iniciar sesión"
    assert gettext("") == ""
    assert ngettext("%(count)s reply", "%(count)s replies", 1) == "%(count)s respuesta"
    assert SPANISH.write_day(date(2011, 10, 21)) == "21 oct 2011"
    assert [SPANISH.write_number(number) for number in (8024, 20_000, -20_000)] == ["8024", "20.000", "-20.000"]


async def test_sentence_is_said_with_its_values_as_the_language_writes_them() -> None:
    set_language(SPANISH)
    sentence = Sentence("The post has %(length)s characters; the limit is %(limit)s.", length=20_001, limit=20_000)
    assert say(sentence) == "El mensaje tiene 20.001 caracteres; el límite es 20.000."
    assert sentence == "The post has 20,001 characters; the limit is 20,000."
    assert say("Nobody translated this.") == "Nobody translated this."
