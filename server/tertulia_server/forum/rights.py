"""Who may do what: asked here by page, API, feed, live and replay alike, so that no two of them can differ.

`may_` answers, `check_` refuses. A banned member reads what the public reads and writes nothing. A moderator reads what
is the staff's, and moderates the forums that were given to them; an administrator moderates everywhere. A program's
token does what its scopes allow of what its member may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.models import Audience, ForumRules, Role, Scope, Visitor
from tertulia_wire.codes import Code

_STAFF: Final = frozenset({Role.MODERATOR, Role.ADMINISTRATOR})


def is_staff(visitor: Visitor) -> bool:
    """Whether this is a moderator, of whatever forum, or an administrator, in good standing."""
    return visitor.role in _STAFF and not visitor.is_guest and not visitor.is_banned


def may_administer(visitor: Visitor) -> bool:
    """Whether this is an administrator in good standing."""
    return is_staff(visitor) and visitor.role is Role.ADMINISTRATOR


def check_may_administer(visitor: Visitor) -> None:
    """Refuse all but administrators: as `check_may_write`, and ``FORBIDDEN``."""
    check_may_write(visitor)
    if not may_administer(visitor):
        raise Refusal(Code.FORBIDDEN)


def check_may_run_trials(visitor: Visitor) -> None:
    """Refuse all but administrators, and the token that a server leaves for its own user: ``FORBIDDEN``."""
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    if visitor.is_banned:
        raise banned(visitor)
    if Scope.TRIAL not in visitor.scopes and not may_administer(visitor):
        raise Refusal(Code.FORBIDDEN)


def may_moderate(visitor: Visitor, forum_id: int) -> bool:
    """Whether this is a moderator of this very forum, or an administrator."""
    return may_administer(visitor) or (is_staff(visitor) and forum_id in visitor.moderates)


def check_may_moderate(visitor: Visitor, rules: ForumRules) -> None:
    """Refuse all but those who moderate this forum: as `check_may_write` and `check_may_read`, and ``FORBIDDEN``."""
    if visitor.is_guest:
        check_may_read(visitor, rules)
    check_may_write(visitor)
    check_may_read(visitor, rules)
    if not may_moderate(visitor, rules.forum_id):
        raise Refusal(Code.FORBIDDEN)


def may_read(visitor: Visitor, rules: ForumRules | None, owner_id: int | None = None) -> bool:
    """Whether a visitor may read what stands under these rules; without rules it belongs to one member, its owner."""
    if rules is None:
        return owner_id is not None and visitor.member_id == owner_id and not visitor.is_banned
    return _is_among(visitor, rules.audience, rules.forum_id)


def check_may_read(visitor: Visitor, rules: ForumRules | None, owner_id: int | None = None) -> None:
    """Refuse what may not be read: ``UNAUTHENTICATED`` where signing in would help, ``BANNED`` where a ban is why.

    All else is ``NOT_FOUND``: that a place of a role exists is theirs to know.
    """
    if may_read(visitor, rules, owner_id):
        return
    if rules is not None and rules.audience is Audience.MEMBERS:
        raise Refusal(Code.UNAUTHENTICATED) if visitor.is_guest else banned(visitor)
    raise Refusal(Code.NOT_FOUND)


def check_may_write(visitor: Visitor) -> None:
    """Refuse guests (``UNAUTHENTICATED``), the banned (``BANNED``), and tokens that only read (``FORBIDDEN``)."""
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    if visitor.is_banned:
        raise banned(visitor)
    check_may_change(visitor)


def check_may_change(visitor: Visitor) -> None:
    """Refuse whatever is no reading to a token that only reads (``FORBIDDEN``): also marks, watches and choices."""
    if Scope.POST not in visitor.scopes and Scope.MODERATE not in visitor.scopes:
        raise Refusal(Code.FORBIDDEN, "This token may only read: its scopes are without post.")


def check_may_post(visitor: Visitor, rules: ForumRules, is_locked: bool = False) -> None:  # noqa: FBT001, FBT002 - a column of the thread
    """Refuse a post in a thread, or a new thread in a forum: as `check_may_write` and `check_may_read`.

    ``FORBIDDEN`` where only some of the readers post. A locked thread (``THREAD_LOCKED``) is open to who moderates it.
    """
    if visitor.is_guest:
        check_may_read(visitor, rules)
    check_may_write(visitor)
    if Scope.POST not in visitor.scopes:
        raise Refusal(Code.FORBIDDEN, "This token may not post: its scopes are without post.")
    check_may_read(visitor, rules)
    if not _is_among(visitor, rules.posting, rules.forum_id):
        raise _only(rules.posting)
    if is_locked and not may_moderate(visitor, rules.forum_id):
        raise Refusal(Code.THREAD_LOCKED)


def may_edit(visitor: Visitor, author_id: int) -> bool:
    """Whether this is the author, in good standing: words are changed by nobody else."""
    return visitor.member_id == author_id and not visitor.is_banned and Scope.POST in visitor.scopes


def check_may_edit(
    visitor: Visitor,
    author_id: int,
    rules: ForumRules,
    is_locked: bool = False,  # noqa: FBT001, FBT002 - a column of the thread
) -> None:
    """Refuse an edit: as `check_may_post`, and ``FORBIDDEN`` to all but the author."""
    check_may_post(visitor, rules, is_locked)
    if not may_edit(visitor, author_id):
        raise Refusal(Code.FORBIDDEN)


def may_rate(visitor: Visitor, author_id: int) -> bool:
    """Whether this is a member in good standing, and not the author: nobody's own post."""
    is_sound = not visitor.is_guest and not visitor.is_banned and Scope.POST in visitor.scopes
    return is_sound and visitor.member_id != author_id


def check_may_rate(visitor: Visitor, author_id: int, rules: ForumRules) -> None:
    """Refuse a rating: as `check_may_write` and `check_may_read`, and ``FORBIDDEN`` for one's own post.

    Whoever reads may rate: also where only a role posts, and in a locked thread.
    """
    if visitor.is_guest:
        check_may_read(visitor, rules)
    check_may_write(visitor)
    check_may_read(visitor, rules)
    if not may_rate(visitor, author_id):
        raise Refusal(Code.FORBIDDEN, "Nobody rates their own posts.")


def may_remove(visitor: Visitor, forum_id: int) -> bool:
    """Whether this visitor may remove posts in this forum."""
    return may_moderate(visitor, forum_id)


def check_may_remove(visitor: Visitor, rules: ForumRules) -> None:
    """Refuse a removal: as `check_may_moderate`."""
    check_may_moderate(visitor, rules)


def may_see_versions(visitor: Visitor, author_id: int, forum_id: int) -> bool:
    """Whether the older texts of a post are theirs to see: the author's, and of those who may remove it."""
    is_author = visitor.member_id == author_id and not visitor.is_banned
    return is_author or may_remove(visitor, forum_id)


def check_may_see_versions(visitor: Visitor, author_id: int, rules: ForumRules) -> None:
    """Refuse the older texts of a post: ``UNAUTHENTICATED``, as `check_may_read`, and ``FORBIDDEN`` to all others."""
    check_may_read(visitor, rules)
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    if not may_see_versions(visitor, author_id, rules.forum_id):
        raise Refusal(Code.FORBIDDEN)


def may_receive(owner: Visitor, rules: ForumRules | None) -> bool:
    """Whether a webhook of this member may be sent what stands under these rules.

    A banned member still reads what the public reads, but the server does nothing any more for who is not in good
    standing.
    """
    return not owner.is_guest and not owner.is_banned and rules is not None and may_read(owner, rules)


def check_may_have_webhooks(visitor: Visitor) -> int:
    """The member who may make and change webhooks; refuses as `check_may_write`, and bots (``FORBIDDEN``)."""
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if visitor.is_bot:
        raise Refusal(Code.FORBIDDEN, "Webhooks belong to people: a bot reads its channels itself.")
    return visitor.member_id


def may_have_webhooks(visitor: Visitor) -> bool:
    """Whether to offer them: the same in a word."""
    return visitor.member_id is not None and not visitor.is_bot and not visitor.is_banned


def check_may_give_tokens(visitor: Visitor) -> int:
    """The member who may make bots, and tokens for programs; refuses as `check_may_write`, and bots (``FORBIDDEN``)."""
    check_may_write(visitor)
    if visitor.member_id is None:
        raise Refusal(Code.UNAUTHENTICATED)
    if visitor.is_bot:
        raise Refusal(Code.FORBIDDEN, "A bot's tokens are given out by its owner.")
    return visitor.member_id


def check_is_staff(visitor: Visitor) -> None:
    """Refuse the pages of those who moderate: as `check_may_write`, ``NOT_FOUND`` to all but the staff."""
    if visitor.is_guest:
        raise Refusal(Code.UNAUTHENTICATED)
    if not is_staff(visitor):
        raise Refusal(Code.NOT_FOUND)


def moderated_forums(visitor: Visitor) -> frozenset[int] | None:
    """The forums that this visitor moderates; None is all of them."""
    if may_administer(visitor):
        return None
    return visitor.moderates if is_staff(visitor) else frozenset()


def may_report(visitor: Visitor, author_id: int) -> bool:
    """Whether this member may report posts of that author: not their own."""
    return not visitor.is_guest and not visitor.is_banned and visitor.member_id != author_id


def may_ban(visitor: Visitor, member_id: int, role: Role) -> bool:
    """Whether the staff may ban this member: moderators ban members, administrators also moderators."""
    if not is_staff(visitor) or visitor.member_id == member_id:
        return False
    return role is Role.MEMBER or (role is Role.MODERATOR and visitor.role is Role.ADMINISTRATOR)


def check_may_ban(visitor: Visitor, member_id: int, role: Role) -> None:
    """Refuse a ban, and the end of one: as `check_may_write`, ``FORBIDDEN`` to all but who may."""
    check_may_write(visitor)
    if not is_staff(visitor):
        raise Refusal(Code.FORBIDDEN)
    if not may_ban(visitor, member_id, role):
        raise Refusal(Code.FORBIDDEN, "Moderators ban members, administrators also moderators, and nobody themselves.")


def banned(visitor: Visitor) -> Refusal:
    """What the banned are told: why, and until when. A bot without a ban of its own is banned with its owner."""
    if visitor.is_bot and visitor.ban is None:
        return Refusal(Code.BANNED, "This bot is banned with its owner.")
    if visitor.ban is None or not visitor.ban.reason:
        return Refusal(Code.BANNED)
    reason, until_ms = visitor.ban.reason, visitor.ban.until_ms
    if until_ms is None:
        return Refusal(Code.BANNED, Sentence("This account is banned. The reason: %(reason)s", reason=reason))
    until = f"{datetime.fromtimestamp(until_ms / 1000, UTC):%Y-%m-%d, %H:%M} UTC"
    words = Sentence("This account is banned until %(until)s. The reason: %(reason)s", until=until, reason=reason)
    return Refusal(Code.BANNED, words)


def _is_among(visitor: Visitor, audience: Audience, forum_id: int) -> bool:
    if audience is Audience.PUBLIC:
        return True
    if audience is Audience.MEMBERS:
        return not visitor.is_guest and not visitor.is_banned
    if audience is Audience.STAFF:
        return is_staff(visitor)
    if audience is Audience.MODERATORS:
        return may_moderate(visitor, forum_id)
    return may_administer(visitor)


def _only(posting: Audience) -> Refusal:
    if posting is Audience.ADMINISTRATORS:
        return Refusal(Code.FORBIDDEN, "Only administrators post here.")
    if posting is Audience.MODERATORS:
        return Refusal(Code.FORBIDDEN, "Only those who moderate this forum post here.")
    return Refusal(Code.FORBIDDEN, "Only the staff posts here.")
