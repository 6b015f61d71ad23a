"""`tertulia settings`."""

from __future__ import annotations

import inspect

import pytest

from tertulia_server.cli.serve import serve
from tertulia_server.cli.settings import WIDTH_COLUMNS, describe, settings
from tertulia_server.settings import Settings, variable_of


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)


def test_every_setting_is_listed_within_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    settings()
    lines = capsys.readouterr().out.splitlines()
    for name in Settings.model_fields:
        assert any(line.startswith(f"{variable_of(name)} ") for line in lines)
    assert max(len(line) for line in lines) <= WIDTH_COLUMNS


def test_setting_with_an_option_names_it() -> None:
    options = set(inspect.signature(serve).parameters)
    assert options <= set(Settings.model_fields)
    assert "--port" in describe("port", 8000, has_option=True)
    assert "--" not in describe("drain_ms", 2000, has_option=False).splitlines()[0]


def test_changed_setting_shows_its_default_too() -> None:
    assert "8123 (default 8000)" in describe("port", 8123, has_option=True)


def test_unchanged_setting_shows_its_value_once() -> None:
    assert describe("port", 8000, has_option=True).count("8000") == 1


def test_password_in_an_address_is_not_shown() -> None:
    url = "redis+sentinel://user:secret@example.org:6379/forum/0?sentinel_password=secret"
    text = describe("broker", url, has_option=True)
    assert "secret" not in text
    assert "user:***@example.org" in text
