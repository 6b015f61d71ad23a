"""Options that several commands of the server share."""

from __future__ import annotations

from typing import Annotated

import typer

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///FILE or postgresql://...; without it TERTULIA_DATABASE, else the default.",
    ),
]
