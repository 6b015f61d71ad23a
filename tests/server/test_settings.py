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


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "http", "it must be a whole number"),
        ("port", "70000", "it must be at most 65535"),
        ("workers", "0", "it must be at least 1"),
        ("ping_timeout_s", "0", "it must be more than 0"),
        ("ping_timeout_s", "soon", "it must be a number"),
        ("presence", "maybe", "it must be true or false"),
        ("language", "fr", "it must be 'en' or 'es'"),
        ("site_name", "T" * 81, "it may have at most 80 characters"),
        ("public_url", "forum.example", "it must be like https://forum.example.org, with nothing behind the name"),
        ("public_url", "https://forum.example/board", "with nothing behind the name"),
        ("allowed_origins", "https://a.example, b.example", "'b.example' is no origin such as https://app.example.org"),
        ("trusted_proxies", "localhost", "'localhost' is no address or network, such as 192.0.2.7 or 10.0.0.0/8"),
        ("trusted_proxies", "10.1.2.3/8", "'10.1.2.3/8' is an address in a network; the network is 10.0.0.0/8"),
        ("webhook_ports", "80,web", "'web' is no port; there are 1 to 65535"),
        ("webhook_ports", "65536", "'65536' is no port"),
    ],
)
def test_reason_is_in_words_for_a_person(name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable_of(name), value)
    with pytest.raises(StartError) as refused:
        read_settings()
    assert str(refused.value).startswith(f"The setting {variable_of(name)} cannot be {value!r}: ")
    assert reason in str(refused.value)


def test_addresses_of_a_site_may_end_with_a_slash_and_name_a_port() -> None:
    read_settings(public_url="https://forum.example.org/", allowed_origins="http://localhost:3000, https://a.example/")


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
