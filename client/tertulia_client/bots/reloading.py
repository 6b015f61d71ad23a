"""Handlers in modules of their own, read again while the bot runs, when somebody works on them."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from tertulia_client.bots.collection import Handlers
from tertulia_client.errors import ClientError

POLL_S: Final = 0.5

log = logging.getLogger("tertulia_client.bot")


def collections_in(part: Handlers | ModuleType) -> list[Handlers]:
    """The collections of a module, in their order there; a collection is its own. `ClientError` if none."""
    if isinstance(part, Handlers):
        return [part]
    found = [value for value in vars(part).values() if type(value) is Handlers]
    if not found:
        raise ClientError(f"The module {part.__name__} has no handlers: handlers = Handlers().")
    return list(dict.fromkeys(found))


async def watch_modules(
    modules: Sequence[ModuleType], on_change: Callable[[], None], *, poll_s: float = POLL_S
) -> None:
    """Read modules again when their files change. What is wrong with one is logged, and what was there goes on."""
    stamps = {module: _stamp(module) for module in modules}
    while True:
        await asyncio.sleep(poll_s)
        changed = [module for module in modules if _stamp(module) != stamps[module]]
        for module in changed:
            stamps[module] = _stamp(module)
            _reload(module, on_change)


def _reload(module: ModuleType, on_change: Callable[[], None]) -> None:
    before = dict(vars(module))
    try:
        importlib.invalidate_caches()
        importlib.reload(module)
        on_change()
    except Exception:
        vars(module).clear()
        vars(module).update(before)
        log.exception("%s could not be read again; what was read before goes on", module.__name__)
    else:
        log.info("%s was read again", module.__name__)


def _stamp(module: ModuleType) -> tuple[int, int]:
    try:
        status = Path(module.__file__ or "").stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
