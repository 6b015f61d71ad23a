"""What is in a file, for those who run it elsewhere: tests, the replay of dead letters, load runs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tertulia_client.bot import Bot
from tertulia_client.errors import ClientError


def load_bot(path: str | Path) -> Bot:
    """Read the file anew, as a module and not as a program; the one `Bot` at its top level. `ClientError` if none."""
    found = [value for value in vars(load_module(Path(path))).values() if isinstance(value, Bot)]
    if len(found) != 1:
        raise ClientError(f"{path} has {len(found)} bots at its top level, and one is needed: bot = Bot(...).")
    return found[0]


def load_module(path: Path) -> ModuleType:
    """Run a file as a module, once more each time. `ClientError` for what is no Python; else what the file raises."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ClientError(f"{path} is no file of Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ClientError(f"{path} is no Python: {error}.") from None
    return module
