"""`tertulia settings`: every setting, where it comes from and what it is now."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any, Final

from tertulia_server.cli.serve import serve
from tertulia_server.settings import Settings, read_settings, variable_of

WIDTH_COLUMNS: Final = 80
_PASSWORD: Final = re.compile(r"((?<=://)[^/@:]*:)[^/@]*(?=@)|(password=)[^&]*")


def settings() -> None:
    """List every setting with its variable, default and value.

    An option of `tertulia serve` wins over the variable, the variable over the default.
    """
    current = read_settings()
    options = set(inspect.signature(serve).parameters)
    for name in Settings.model_fields:
        print(describe(name, getattr(current, name), has_option=name in options))


def describe(name: str, value: Any, *, has_option: bool) -> str:
    """A setting in two or three lines of 80 columns: names, value and default, and what it is for."""
    field = Settings.model_fields[name]
    names = f"{variable_of(name)}  --{name}" if has_option else variable_of(name)
    shown = _shown(value) if value == field.default else f"{_shown(value)} (default {_shown(field.default)})"
    about = textwrap.fill(field.description or "", WIDTH_COLUMNS, initial_indent="    ", subsequent_indent="    ")
    return f"{names} = {shown}\n{about}"


def _shown(value: Any) -> str:
    """As one would write it in a variable; a password in a URL is not shown."""
    if isinstance(value, bool):
        return str(value).lower()
    return _PASSWORD.sub(r"\1\2***", str(value)) if value != "" else '""'
