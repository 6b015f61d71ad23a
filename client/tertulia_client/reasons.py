"""Why there is no connection, in words for whoever gave the address: what the system says of it names no remedy."""

from __future__ import annotations

import socket
import ssl
from typing import Final

_MAX_CAUSES: Final = 8


def why_unconnected(error: BaseException) -> str:
    """The innermost reason that is known, as the end of a sentence; else what the error says of itself."""
    for one in reversed(_causes(error)):
        words = _known(one)
        if words is not None:
            return words
    return (getattr(error, "strerror", None) or str(error)).rstrip(".") or "it was cut off"


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(found) < _MAX_CAUSES:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found


def _known(error: BaseException) -> str | None:
    match error:
        case TimeoutError():
            return "it does not answer"
        case ConnectionRefusedError():
            return "nobody listens there"
        case OSError() if "Connect call failed" in str(error):  # at none of several addresses
            return "nobody listens there"
        case socket.gaierror():
            return "the name is not known, or there is no network"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted here ({error.verify_message})"
        case ssl.SSLEOFError():
            return "it was cut off"
        case ssl.SSLError():
            return "it does not speak TLS there: perhaps http:// is meant, and not https://"
        case _:
            return None
