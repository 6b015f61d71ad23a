"""Posts that were written before the rules of rendering changed: whoever reads them gets what the rules say now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row

from tertulia_server.forum.mentions import find_mentions
from tertulia_server.forum.models import TextFormat
from tertulia_server.forum.text import RENDERING, render_post
from tertulia_server.store.mentions import find_mentioned


def renew_html(conn: Connection, rows: Iterable[Row[Any]]) -> dict[int, str]:
    """The HTML of those of these posts whose own is of older rules, by their ids; nearly always of none.

    A name that was no member's when the post was written may be one now, and is a link then.
    """
    older = [row for row in rows if row.rendering < RENDERING]
    if not older:
        return {}
    names = {name for row in older if "@" in row.text for found in find_mentions(row.text) for name in found}
    known = find_mentioned(conn, names) if names else {}
    return {row.id: render_post(row.text, TextFormat(row.format), known) for row in older}
