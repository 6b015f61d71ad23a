"""The members of an archived thread: found by their names, added, or brought up to the card of the latest archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, update

from tertulia_server.forum.archive import ArchivedMember, ArchivedThread
from tertulia_server.forum.archive_lines import ArchiveError
from tertulia_server.forum.archive_page import ArchivedPost
from tertulia_server.forum.cards import Member
from tertulia_server.forum.names import name_key
from tertulia_server.store.members import find_member_by_name
from tertulia_server.store.schema import members


@dataclass(frozen=True, slots=True)
class MembersOutcome:
    """``ids`` by `name_key`: of all who wrote the new posts, and of the thread's starter."""

    ids: dict[str, int]
    added: int
    changed: int
    notes: tuple[str, ...]


def import_members(conn: Connection, archive: ArchivedThread, new_posts: Sequence[ArchivedPost]) -> MembersOutcome:
    """Find or add those who wrote ``new_posts``, and the starter. Imported members have no password and get none.

    Raises `ArchiveError` if one has the name of a member who registered here: words of an archive are never put
    into the mouth of somebody else.
    """
    importer = _MemberImporter(conn)
    authors = {name_key(post.card.name) for post in new_posts}
    for member in archive.members:
        if name_key(member.name) in authors:
            importer.take(member)
    importer.take_starter(archive)
    return MembersOutcome(importer.ids, importer.added, importer.changed, tuple(importer.notes))


class _MemberImporter:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self.ids: dict[str, int] = {}
        self.added = 0
        self.changed = 0
        self.notes: list[str] = []

    def take(self, archived: ArchivedMember) -> None:
        known = find_member_by_name(self._conn, archived.name)
        if known is None:
            self._insert(archived.name, _columns_of(archived))
            return
        _check_is_imported(known, archived)
        self.ids[name_key(archived.name)] = known.id
        self._bring_up_to(known, archived)

    def take_starter(self, archive: ArchivedThread) -> None:
        """The one who started the thread may have no post in these pages, so no card either."""
        if name_key(archive.starter) in self.ids:
            return
        known = find_member_by_name(self._conn, archive.starter)
        if known is None:
            self._insert(archive.starter, {})
        elif known.is_imported:
            self.ids[name_key(archive.starter)] = known.id
        else:
            post = archive.posts[0]
            sentence = f"The starter '{archive.starter}' has the name of '{known.name}', who registered here."
            raise ArchiveError(post.file, 0, sentence)

    def _insert(self, name: str, columns: dict[str, object]) -> None:
        values = {"name": name, "name_key": name_key(name), "is_imported": True, **columns}
        member_id: int = self._conn.execute(insert(members).values(values).returning(members.c.id)).scalar_one()
        self.ids[name_key(name)] = member_id
        self.added += 1

    def _bring_up_to(self, known: Member, archived: ArchivedMember) -> None:
        """A ban that was made here stays: an archive cannot lift it."""
        wanted = _columns_of(archived)
        wanted["is_banned"] = known.is_banned or archived.is_banned
        changed = {name: value for name, value in wanted.items() if getattr(known, name) != value}
        if not changed:
            return
        self._conn.execute(
            update(members).where(members.c.id == known.id).values({**changed, "version": members.c.version + 1})
        )
        self.changed += 1
        self.notes.append(f"The card of '{known.name}' is now that of this archive: {archived.card.counts.written}.")


def _columns_of(archived: ArchivedMember) -> dict[str, object]:
    card = archived.card
    return {
        "rank": archived.rank,
        "is_banned": archived.is_banned,
        "joined_day": card.joined.isoformat(),
        "base_positive": card.counts.positive,
        "base_messages": card.counts.messages,
        "base_negative": card.counts.negative,
    }


def _check_is_imported(known: Member, archived: ArchivedMember) -> None:
    if not known.is_imported:
        sentence = f"'{archived.name}' has the name of '{known.name}', who registered here."
        raise ArchiveError(archived.file, archived.card.line, sentence)
