from __future__ import annotations

import json
import re

import pytest

from tertulia_server.web import script_words
from tertulia_server.web.languages import ENGLISH, SPANISH
from tertulia_server.web.script_words import words_address
from tests.server.web.site import Browser


async def test_spanish_page_brings_the_words_of_its_script_before_it(guest: Browser) -> None:
    page = await guest.get("/", headers={"accept-language": "es"})
    address = words_address(SPANISH)
    assert address is not None
    assert f'<script type="module" src="{address}"></script>' in page.text or "dist/page.js" not in page.text
    answer = await guest.get(address)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    found = re.fullmatch(r"globalThis\.tertuliaWords=(.*);\n", answer.text)
    assert found is not None
    content = json.loads(found[1])
    assert content["language"] == "es"
    assert content["words"]["%(count)s new post"] == ["%(count)s mensaje nuevo", "%(count)s mensajes nuevos"]
    assert content["words"]["BANNED"] == ["EXPULSADO"]
    assert "Skip to the content" not in content["words"]


async def test_english_is_in_the_script(guest: Browser) -> None:
    assert words_address(ENGLISH) is None
    assert "/words/" not in (await guest.get("/")).text
    assert (await guest.get("/words/en.js")).status_code == 404
    assert (await guest.get("/words/xx.js")).status_code == 404


async def test_another_version_is_asked_for_again(guest: Browser) -> None:
    answer = await guest.get("/words/es.js?v=older", headers={"accept-encoding": "identity"})
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in answer.headers


async def test_words_are_packed_once_for_all(guest: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"accept-encoding": "gzip"}
    first = await guest.get("/words/es.js", headers=headers)
    monkeypatch.delattr(script_words, "pack")
    again = await guest.get("/words/es.js", headers=headers)
    assert again.headers["content-encoding"] == "gzip"
    plain = await guest.get("/words/es.js", headers={"accept-encoding": "identity"})
    assert first.text == again.text == plain.text
