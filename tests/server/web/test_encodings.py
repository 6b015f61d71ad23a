from __future__ import annotations

import gzip

import pytest
from starlette.requests import HTTPConnection

from tertulia_server.web.encodings import pack, takes_gzip


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000, br", False),
        ("identity, x-gzip", False),
        ("*", False),
    ],
)
def test_client_takes_gzip_when_it_says_so(said: str | None, takes: bool) -> None:
    headers = [] if said is None else [(b"accept-encoding", said.encode())]
    assert takes_gzip(HTTPConnection({"type": "http", "headers": headers})) is takes


def test_packing_is_repeatable() -> None:
    body = b"The fair, " * 100
    assert gzip.decompress(pack(body, 4)) == body
    assert pack(body, 4) == pack(body, 4)
