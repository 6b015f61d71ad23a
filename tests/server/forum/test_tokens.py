from __future__ import annotations

import hashlib

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum.models import ALL_SCOPES, Scope
from tertulia_server.forum.tokens import SCOPE_WORDS, hash_token, new_token, parse_scopes, read_scopes, scope_words


def test_new_token_is_256_bits_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)
    assert new_token("tertulia_").startswith("tertulia_")


def test_hash_token_is_sha256_in_hex() -> None:
    assert hash_token("abc") == hashlib.sha256(b"abc").hexdigest()


def test_scopes_are_words_and_every_token_reads() -> None:
    assert parse_scopes([]) is Scope.READ
    assert parse_scopes(["moderate", "post", "read"]) == ALL_SCOPES
    assert scope_words(parse_scopes(["post"])) == ["read", "post"]
    assert scope_words() == list(SCOPE_WORDS)
    with pytest.raises(Refusal):
        parse_scopes(["admin"])


def test_scope_that_the_server_gives_itself_cannot_be_asked_for() -> None:
    kept = scope_words(Scope.READ | Scope.TRIAL)
    assert kept == ["read", "trial"]
    assert read_scopes([*kept, "of a later release"]) == Scope.READ | Scope.TRIAL
    with pytest.raises(Refusal):
        parse_scopes(kept)
