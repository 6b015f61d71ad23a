"""Making forums: where threads can begin."""

from __future__ import annotations

from typing import Final

from tertulia_server.actions.context import Actions
from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.forum.models import Audience
from tertulia_server.store import forums
from tertulia_server.store.port import Connection
from tertulia_wire.codes import Code

MAX_FORUM_NAME_CHARS: Final = 200
MAX_DESCRIPTION_CHARS: Final = 1000

FIRST_CATEGORY: Final = "Forums"
FIRST_FORUM: Final = "General"


async def create_forum(
    actions: Actions,
    name: str,
    *,
    category: str = FIRST_CATEGORY,
    description: str = "",
    audience: Audience = Audience.PUBLIC,
) -> int:
    """Make a forum, and its category if that is missing; the forum's id.

    `Refusal`: ``INVALID`` for a name or a description that cannot be, ``NAME_TAKEN``.
    """
    name, category, description = (" ".join(clean(text).split()) for text in (name, category, description))
    for text in (name, category):
        if is_blank(text) or len(text) > MAX_FORUM_NAME_CHARS:
            raise Refusal(
                Code.INVALID,
                Sentence("Forums and categories have names of 1 to %(most)s characters.", most=MAX_FORUM_NAME_CHARS),
            )
    if len(description) > MAX_DESCRIPTION_CHARS:
        raise Refusal(
            Code.INVALID, Sentence("A description has at most %(most)s characters.", most=MAX_DESCRIPTION_CHARS)
        )
    return await actions.store.write(_create, name, category, description, audience)


async def ensure_first_forum(actions: Actions) -> None:
    """A forum to begin in, where there is none yet: a server that nobody can write in is of no use.

    Where there is one nothing is written: a server starts beside another that holds the lock, and on a full disk.
    """
    if not await actions.store.read(forums.has_forums):
        await actions.store.write(_ensure_first)


def _create(conn: Connection, name: str, category: str, description: str, audience: Audience) -> int:
    if forums.find_forum(conn, name) is not None:
        raise Refusal(Code.NAME_TAKEN, Sentence("There is a forum named %(name)s already.", name=repr(name)))
    category_id = forums.ensure_category(conn, category)
    return forums.create_forum(conn, category_id, name, description=description, audience=audience)


def _ensure_first(conn: Connection) -> None:
    if not forums.has_forums(conn):
        forums.create_forum(conn, forums.ensure_category(conn, FIRST_CATEGORY), FIRST_FORUM)
