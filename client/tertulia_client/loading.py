"""The bot in a file, for those who run it elsewhere: tests, and the replay of dead letters."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from tertulia_client.bot import Bot
from tertulia_client.errors import ClientError


def load_bot(path: str | Path) -> Bot:
    """Read the file anew, as a module and not as a program; the one `Bot` at its top level. `ClientError` if none."""
    path = Path(path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ClientError(f"{path} is no file of Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec.loader.exec_module(module)
    found = [value for value in vars(module).values() if isinstance(value, Bot)]
    if len(found) != 1:
        raise ClientError(f"{path} has {len(found)} bots at its top level, and one is needed: bot = Bot(...).")
    return found[0]
