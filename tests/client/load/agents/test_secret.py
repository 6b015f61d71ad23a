from __future__ import annotations

from pathlib import Path

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.load.agents.secret import VARIABLE, check_listening, find_secret, name_of, parse_places

SECRET = "0123456789abcdef"


def test_secret_is_of_a_private_file_or_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    assert find_secret(file, {VARIABLE: "another that is long"}) == SECRET.encode()
    assert find_secret(None, {VARIABLE: SECRET}) == SECRET.encode()
    assert find_secret(None, {}) == b""


@pytest.mark.parametrize(("text", "mode", "sentence"), [(SECRET, 0o640, "chmod 600"), ("", 0o600, "16 to 1,024")])
def test_file_that_is_open_or_empty_is_refused(text: str, mode: int, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ClientError, match=sentence):
        find_secret(file, {})


def test_secret_that_can_be_guessed_or_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="16 to 1,024"):
        find_secret(None, {VARIABLE: "sesame"})
    with pytest.raises(ClientError, match="cannot be read"):
        find_secret(tmp_path / "none", {})


def test_agent_without_a_secret_is_for_its_own_machine() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        check_listening(host, b"")
    check_listening("0.0.0.0", SECRET.encode())
    for host in ("0.0.0.0", "::", "192.0.2.1", "forum.example"):
        with pytest.raises(ClientError, match=f"a secret only.*{VARIABLE}"):
            check_listening(host, b"")


def test_places_are_parsed() -> None:
    places = parse_places("127.0.0.1:9300, [2001:db8::1]:9301", SECRET.encode())
    assert [(place.host, place.port) for place in places] == [("127.0.0.1", 9300), ("2001:db8::1", 9301)]
    assert [name_of(place) for place in places] == ["127.0.0.1:9300", "[2001:db8::1]:9301"]


@pytest.mark.parametrize("words", ["127.0.0.1", "http://127.0.0.1:1", "a@b:1", "127.0.0.1:1/x", "127.0.0.1:99999"])
def test_what_is_no_place_is_refused(words: str) -> None:
    with pytest.raises(ClientError, match="is no "):
        parse_places(words, SECRET.encode())


def test_place_elsewhere_needs_a_secret_and_none_is_named_twice() -> None:
    with pytest.raises(ClientError, match="not on this machine"):
        parse_places("192.0.2.1:9300", b"")
    with pytest.raises(ClientError, match="twice"):
        parse_places("127.0.0.1:1,127.0.0.1:1", b"")
