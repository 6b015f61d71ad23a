"""Why a receiver was not reached, in a sentence for who owns the webhook.

There are few of them, so that each can be said in the language of the page; and they are ours: what the system and its
libraries say is English, and may tell of the network inside.
"""

from __future__ import annotations

import errno
import ssl
from typing import Final

import httpcore2

from tertulia_server.errors import Sentence

NAME_UNKNOWN: Final = Sentence("The name is not known.")
NO_ADDRESS: Final = Sentence("The name has no address, or too many.")
NOBODY_THERE: Final = Sentence("Nobody takes connections there: does it run, and is the port right?")
NO_WAY: Final = Sentence("There is no way to this address.")
OTHER_NAME: Final = Sentence("Its certificate is for another name.")
OUT_OF_DATE: Final = Sentence("Its certificate is not valid any more, or not yet.")
UNTRUSTED: Final = Sentence("Its certificate is signed by nobody whom this server trusts.")
NO_TLS: Final = Sentence("It does not speak TLS there: is the address one of http://?")
CUT_OFF: Final = Sentence("It closed the connection without an answer.")
NO_HTTP: Final = Sentence("What it answered is no HTTP.")
FAILED: Final = Sentence("The connection failed.")

FAILURES: Final = (
    NAME_UNKNOWN,
    NO_ADDRESS,
    NOBODY_THERE,
    NO_WAY,
    OTHER_NAME,
    OUT_OF_DATE,
    UNTRUSTED,
    NO_TLS,
    CUT_OFF,
    NO_HTTP,
    FAILED,
)

_MAX_CAUSES: Final = 8
_CERTIFICATES: Final = {9: OUT_OF_DATE, 10: OUT_OF_DATE, 62: OTHER_NAME, 64: OTHER_NAME}
"""By the codes of OpenSSL: not valid yet, expired, other name, other address."""


def why_unreachable(error: BaseException) -> Sentence:
    """What kept a request from an answer: the innermost reason that is known."""
    for one in reversed(_causes(error)):
        found = _known(one)
        if found is not None:
            return found
    return FAILED


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(found) < _MAX_CAUSES:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found


def _known(error: BaseException) -> Sentence | None:
    match error:
        case httpcore2.ConnectError(args=(Sentence() as said,)):
            return said
        case ssl.SSLCertVerificationError():
            return _CERTIFICATES.get(error.verify_code, UNTRUSTED)
        case ssl.SSLEOFError():
            return CUT_OFF
        case ssl.SSLError():
            return NO_TLS
        case ConnectionRefusedError():
            return NOBODY_THERE
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return NO_WAY
        case httpcore2.ProtocolError():
            return CUT_OFF if error.__cause__ is None else NO_HTTP
        case httpcore2.ReadError() | httpcore2.WriteError() | ConnectionError():
            return CUT_OFF
        case _:
            return None
