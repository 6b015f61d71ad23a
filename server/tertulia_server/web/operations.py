"""One operation of the JSON API, as its table tells of it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from tertulia_server.web.methods import Handler
from tertulia_wire.codes import Code

CHANGE: Final = (Code.UNAUTHENTICATED, Code.BANNED, Code.ORIGIN_REFUSED)
"""How whatever changes something may be refused, be it to a program or to a page."""

BODY: Final = (Code.UNSUPPORTED_MEDIA, Code.TOO_LARGE, Code.MALFORMED, Code.INVALID)
"""How whatever reads a body may refuse it."""


@dataclass(frozen=True, slots=True)
class QueryField:
    """What may stand in the query of an address."""

    name: str
    words: str
    is_required: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """``answer`` is the shape of success; ``refusals`` are the codes beyond those that any request can get."""

    method: str
    path: str
    handler: Handler
    answer: Any
    _: KW_ONLY
    status: int = 200
    body: type[BaseModel] | None = None
    query: tuple[QueryField, ...] = ()
    is_keyed: bool = False
    refusals: tuple[Code, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


get: Final = partial(ApiOperation, "GET")
post: Final = partial(ApiOperation, "POST")
put: Final = partial(ApiOperation, "PUT")
patch: Final = partial(ApiOperation, "PATCH")
delete: Final = partial(ApiOperation, "DELETE")
