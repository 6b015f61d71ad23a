from __future__ import annotations

import subprocess
import sys

import pytest

import tertulia_client


@pytest.mark.parametrize("name", tertulia_client.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(tertulia_client, name) is not None
    assert name in dir(tertulia_client)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        _ = tertulia_client.Nothing


def test_package_alone_loads_neither_http_nor_websockets() -> None:
    """What makes the command line quick: names are imported at their first use."""
    code = "import sys, tertulia_client; print({'httpx2', 'websockets', 'asyncio'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
