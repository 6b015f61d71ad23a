from __future__ import annotations

import asyncio
import sys

import pytest

from tertulia_client.load.loops import run_quick


async def name_of_the_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_uvloop_is_taken_where_it_is_installed() -> None:
    pytest.importorskip("uvloop")
    assert run_quick(name_of_the_loop()).startswith("uvloop")


def test_without_uvloop_the_usual_loop_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run_quick(name_of_the_loop()).startswith("asyncio")
