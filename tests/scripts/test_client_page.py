from __future__ import annotations

import inspect

import pytest

import client_page
import tertulia_client
from tertulia_client import testing


@pytest.mark.parametrize("name", [*tertulia_client.__all__, *testing.__all__])
def test_every_public_name_has_an_entry(name: str) -> None:
    assert f"\n### `{name}" in client_page.client_page()


def test_what_a_bot_can_do_is_told_with_its_words() -> None:
    page = client_page.client_page()
    assert (
        "| `follow(*channels: str, since: Begin = Start.NOW)` | Follow channels; before or while the bot runs. |"
        in page
    )
    for name, member in vars(tertulia_client.Bot).items():
        if not name.startswith("_") and callable(member):
            assert inspect.getdoc(member), f"{name} says nothing"
            assert f"| `{name}(" in page
    assert " object at 0x" not in page


def test_name_in_no_chapter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tertulia_client, "__all__", [*tertulia_client.__all__, "Unheard"])
    with pytest.raises(ValueError, match="Unheard"):
        client_page.client_page()
