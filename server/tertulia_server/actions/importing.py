"""Taking archived threads in."""

from __future__ import annotations

from tertulia_server.actions.context import Actions
from tertulia_server.forum.archive import ArchivedThread
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.characters import clean, is_blank
from tertulia_server.store.archive import ImportOutcome, import_thread

MAX_FORUM_NAME_CHARS = 200


async def import_archive(actions: Actions, archive: ArchivedThread, *, forum_name: str | None = None) -> ImportOutcome:
    """Add what is missing of an archived thread, in one transaction; ``forum_name`` places it elsewhere than it was.

    The same archive again changes nothing. Nothing is published: importing is a job of the command line, and the
    sweep of each worker finds the new events within a second. Raises `ArchiveError` with nothing changed.
    """
    if forum_name is not None:
        forum_name = " ".join(clean(forum_name).split())
        if is_blank(forum_name) or len(forum_name) > MAX_FORUM_NAME_CHARS:
            raise ArchiveError("--forum", 0, f"The name of a forum has 1 to {MAX_FORUM_NAME_CHARS} characters.")
    return await actions.store.write(import_thread, archive, forum_name)
