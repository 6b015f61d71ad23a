from __future__ import annotations

import pytest

from tertulia_client.errors import ClientError
from tertulia_client.tokens import check_token
from tertulia_wire.codes import Code


@pytest.mark.parametrize(("given", "token"), [("tertulia_a-B_9", "tertulia_a-B_9"), (" x\n", "x"), ("\n", None)])
def test_token_is_taken_as_a_file_holds_it(given: str, token: str | None) -> None:
    assert check_token(given) == token


@pytest.mark.parametrize("given", [None, ""])
def test_no_token_is_a_guest(given: str | None) -> None:
    assert check_token(given) is None


@pytest.mark.parametrize("given", ["two words", "one\r\nX-Other: two", "contraseña", "a\x7f"])
def test_what_no_header_can_carry_is_no_token(given: str) -> None:
    with pytest.raises(ClientError, match="no token") as caught:
        check_token(given)
    assert caught.value.code is Code.UNAUTHENTICATED
