"""Tokens as they are given to programs: copied, read from files and variables."""

from __future__ import annotations

from tertulia_client.errors import ClientError
from tertulia_wire.codes import Code


def check_token(token: str | None) -> str | None:
    """Without the white space that a file leaves at its end; None if nothing is left.

    `ClientError` for what no header could carry, and so is no token: part of a sentence, or two lines.
    """
    bare = (token or "").strip()
    if not all("!" <= character <= "~" for character in bare):
        raise ClientError("This is no token: it has spaces or letters in it that no token has.", Code.UNAUTHENTICATED)
    return bare or None
