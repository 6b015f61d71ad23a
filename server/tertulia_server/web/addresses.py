"""Reading what stands in an address: ids, page numbers, where to go next. What cannot be meant is not found."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.pages import MAX_PAGE
from tertulia_wire.codes import Code

_ID: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ID_AND_SLUG: Final = re.compile(r"([1-9][0-9]{0,17})(?:-.*)?", re.ASCII | re.DOTALL)
_MAX_NEXT_CHARS: Final = 500


def parse_id(text: str) -> int:
    """A positive integer that a database keeps; ``NOT_FOUND`` for all else."""
    if _ID.fullmatch(text) is None:
        raise Refusal(Code.NOT_FOUND)
    return int(text)


def parse_id_and_slug(text: str) -> int:
    """The id out of ``17-title`` or ``17``; ``NOT_FOUND`` for all else."""
    match = _ID_AND_SLUG.fullmatch(text)
    if match is None:
        raise Refusal(Code.NOT_FOUND)
    return int(match[1])


def parse_page(text: str) -> int:
    """A page number out of a path; ``NOT_FOUND`` for what is none."""
    page = parse_id(text)
    if page > MAX_PAGE:
        raise Refusal(Code.NOT_FOUND)
    return page


def query_page(request: Request) -> int:
    """``?page=2``, by default 1; ``INVALID`` for what is no page number."""
    try:
        return parse_page(request.query_params.get("page", "1"))
    except Refusal:
        raise Refusal(Code.INVALID, "page is a number from 1.") from None


def query_number(request: Request, name: str) -> int:
    """A positive number that the query must have; ``INVALID`` for anything else."""
    number = find_number(request, name)
    if number is None:
        raise Refusal(Code.INVALID, Sentence("%(name)s is missing.", name=name))
    return number


def find_number(request: Request, name: str) -> int | None:
    """A positive number of the query, or None; ``INVALID`` for what is none."""
    text = request.query_params.get(name)
    try:
        return None if text is None else parse_id(text)
    except Refusal:
        raise Refusal(Code.INVALID, Sentence("%(name)s is a number from 1.", name=name)) from None


def here(request: Request) -> str:
    """The path and query that were asked for, as a sign-in may lead back to; a query that is too long is left out."""
    path, query = request.url.path, request.url.query
    return f"{path}?{query}" if query and len(path) + len(query) < _MAX_NEXT_CHARS else path[:_MAX_NEXT_CHARS]


def safe_next(path: str) -> str:
    """A path of ours to go on to; ``/`` for anything that a browser could take for another site."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) <= _MAX_NEXT_CHARS
    return path if is_path and path.isprintable() and "\\" not in path else "/"
