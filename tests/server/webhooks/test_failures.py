from __future__ import annotations

import errno
import ssl

import httpcore2
import pytest

from tertulia_server.errors import Sentence
from tertulia_server.web.languages import SPANISH
from tertulia_server.webhooks import failures as f


def invalid_certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] for 10.1.2.3")
    error.verify_code = code
    return error


def caused(error: Exception, *causes: Exception) -> Exception:
    """The error as it comes when each of these led to the one before."""
    outer = error
    for cause in causes:
        outer.__cause__ = cause
        outer = cause
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (caused(httpcore2.ConnectError(f.NAME_UNKNOWN), OSError(-2, "not known")), f.NAME_UNKNOWN),
        (httpcore2.ConnectError(f.NO_ADDRESS), f.NO_ADDRESS),
        (
            caused(httpcore2.ConnectError("All failed"), OSError("x"), ConnectionRefusedError(111, "10.1.2.3")),
            f.NOBODY_THERE,
        ),
        (caused(httpcore2.ConnectError("All failed"), OSError(errno.ENETUNREACH, "10.1.2.3")), f.NO_WAY),
        (caused(httpcore2.ConnectError("All failed"), OSError(errno.EHOSTUNREACH, "10.1.2.3")), f.NO_WAY),
        (caused(httpcore2.ConnectError("x"), invalid_certificate(62)), f.OTHER_NAME),
        (caused(httpcore2.ConnectError("x"), invalid_certificate(10)), f.OUT_OF_DATE),
        (caused(httpcore2.ConnectError("x"), invalid_certificate(18)), f.UNTRUSTED),
        (caused(httpcore2.ConnectError("x"), ssl.SSLError(1, "WRONG_VERSION_NUMBER")), f.NO_TLS),
        (caused(httpcore2.ConnectError(""), ssl.SSLEOFError(8, "EOF")), f.CUT_OFF),
        (httpcore2.RemoteProtocolError("Server disconnected without sending a response."), f.CUT_OFF),
        (httpcore2.ReadError("reset"), f.CUT_OFF),
        (caused(httpcore2.RemoteProtocolError("illegal status line"), ValueError("x")), f.NO_HTTP),
        (httpcore2.UnsupportedProtocol("ftp"), f.FAILED),
        (OSError(errno.EMFILE, "Too many open files"), f.FAILED),
    ],
)
def test_reason_is_told_in_words_of_ours(error: Exception, said: Sentence) -> None:
    assert f.why_unreachable(error) == said
    assert said in f.FAILURES


def test_circle_of_causes_comes_to_an_end() -> None:
    one, other = OSError("one"), OSError("other")
    one.__cause__, other.__cause__ = other, one
    assert f.why_unreachable(one) == f.FAILED


@pytest.mark.parametrize("sentence", f.FAILURES)
def test_each_is_said_in_the_language_of_the_page(sentence: Sentence) -> None:
    assert SPANISH.translations.gettext(sentence) != sentence
