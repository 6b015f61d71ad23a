"""Where settings come from, and what is said of one that cannot be."""

from __future__ import annotations

import pytest

from tertulia_server.errors import StartError
from tertulia_server.settings import Settings, read_settings, variable_of


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)


def test_settings_without_anything_are_the_defaults() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)


def test_variable_takes_the_place_of_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_PORT", "8123")
    assert read_settings().port == 8123


def test_given_value_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_PORT", "8123")
    assert read_settings(port=8124).port == 8124


def test_none_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTULIA_PORT", "8123")
    assert read_settings(port=None).port == 8123


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("PORT", "http"), ("WORKERS", "0")])
def test_value_that_cannot_be_is_a_start_error_that_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TERTULIA_{name}", value)
    with pytest.raises(StartError) as refused:
        read_settings()
    assert f"TERTULIA_{name}" in str(refused.value)
    assert value in str(refused.value)


def test_settings_cannot_be_changed_while_running() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert variable_of(name) == f"TERTULIA_{name.upper()}"


@pytest.mark.parametrize("name", ["trusted_proxies", "metrics_readers"])
def test_networks_that_cannot_be_are_refused_at_the_start(name: str) -> None:
    with pytest.raises(StartError, match=variable_of(name)):
        read_settings(**{name: "127.0.0.1, my-proxy"})
    assert getattr(read_settings(**{name: "127.0.0.1, 10.0.0.0/8"}), name) == "127.0.0.1, 10.0.0.0/8"
