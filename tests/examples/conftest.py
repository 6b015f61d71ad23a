"""Examples are programs, not modules of a package: each is loaded anew for its test."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType

import pytest

from tertulia_client.testing import FakeServer

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

Load = Callable[[str], ModuleType]


@pytest.fixture
def load() -> Load:
    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server
