"""One operation of the JSON API, as its table tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tertulia_server.web.methods import Handler
from tertulia_wire.codes import Code


@dataclass(frozen=True, slots=True)
class QueryField:
    """What may stand in the query of an address."""

    name: str
    words: str
    is_required: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOperation:
    """``answer`` is the shape of success; ``refusals`` are the codes beyond those that any request can get."""

    method: str
    path: str
    handler: Handler
    answer: Any
    status: int = 200
    body: type[BaseModel] | None = None
    query: tuple[QueryField, ...] = ()
    is_keyed: bool = False
    refusals: tuple[Code, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]
