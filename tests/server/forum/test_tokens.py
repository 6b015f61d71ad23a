from __future__ import annotations

import hashlib

from tertulia_server.forum.tokens import hash_token, new_token


def test_new_token_is_256_bits_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)
    assert new_token("tertulia_").startswith("tertulia_")


def test_hash_token_is_sha256_in_hex() -> None:
    assert hash_token("abc") == hashlib.sha256(b"abc").hexdigest()
