"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Url = Annotated[str, typer.Option("--url", envvar="TERTULIA_URL", help="Where the server is.", show_envvar=True)]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="TERTULIA_TOKEN", help="Token of a member or bot.", show_envvar=True),
]
