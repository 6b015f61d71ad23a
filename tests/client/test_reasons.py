from __future__ import annotations

import socket
import ssl

import pytest

from tertulia_client.reasons import why_unconnected


def invalid_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (TimeoutError(), "it does not answer"),
        (ConnectionRefusedError(111, "refused"), "nobody listens there"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1)"), "nobody listens there"),
        (socket.gaierror(-2, "Name or service not known"), "the name is not known, or there is no network"),
        (invalid_certificate(), "its certificate is not trusted here (self-signed certificate)"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "it does not speak TLS there"),
        (ssl.SSLEOFError(8, "EOF"), "it was cut off"),
    ],
)
def test_innermost_reason_is_told(cause: Exception, words: str) -> None:
    outer = RuntimeError("All connection attempts failed")
    outer.__cause__ = cause
    assert why_unconnected(cause).startswith(words)
    assert why_unconnected(outer).startswith(words)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (ValueError("Something."), "Something"),
        (EOFError(), "it was cut off"),
    ],
)
def test_other_errors_are_told_in_their_own_words(error: Exception, words: str) -> None:
    assert why_unconnected(error) == words


def test_circle_of_causes_comes_to_an_end() -> None:
    one, other = OSError("one"), OSError("other")
    one.__cause__, other.__cause__ = other, one
    assert why_unconnected(one) == "one"
