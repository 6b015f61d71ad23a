from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tertulia_client.bots.collection import Handlers
from tertulia_client.bots.reloading import collections_in, watch_modules
from tertulia_client.errors import ClientError

SOURCE = """
from tertulia_client.bots.collection import Handlers
handlers = Handlers()
word = {word!r}
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    tmp_path.joinpath("my_handlers.py").write_text(SOURCE.format(word="old"))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield importlib.import_module("my_handlers")
    del sys.modules["my_handlers"]


def test_collections_of_a_module_are_found(module: ModuleType) -> None:
    assert collections_in(module) == [module.handlers]
    own = Handlers()
    assert collections_in(own) == [own]
    with pytest.raises(ClientError, match="has no handlers"):
        collections_in(sys)


async def test_module_is_read_again_when_it_changes_and_kept_when_it_breaks(
    module: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changed = asyncio.Event()
    file = tmp_path / "my_handlers.py"
    task = asyncio.create_task(watch_modules([module], changed.set, poll_s=0.005))
    await asyncio.sleep(0)
    file.write_text(SOURCE.format(word="newer"))
    await changed.wait()
    assert module.word == "newer"
    with caplog.at_level(logging.ERROR):
        file.write_text("this is no Python")
        while "could not be read again" not in caplog.text:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.005)
    assert module.word == "newer"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
