"""What a forum is made of, as plain values. Rows of the store become these; the wire's maps are built from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, Flag
from typing import Final, NamedTuple


class Role(Enum):
    """What an account may do, from least to most."""

    GUEST = "guest"
    MEMBER = "member"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


class Audience(Enum):
    """Who may read a forum, or post in it.

    ``STAFF`` are administrators and the moderators of any forum, ``MODERATORS`` administrators and those of this one.
    """

    PUBLIC = "public"
    MEMBERS = "members"
    STAFF = "staff"
    MODERATORS = "moderators"
    ADMINISTRATORS = "administrators"


class Scope(Flag):
    """What a program's token may be used for; a sign-in may do all that its member may."""

    READ = 1
    POST = 2
    MODERATE = 4
    TRIAL = 8
    """Make forums for measurements and remove them; only the server itself gives it to a token."""


ALL_SCOPES: Final = Scope.READ | Scope.POST | Scope.MODERATE


class ProofKind(Enum):
    """By what somebody is known: the cookie of a sign-in, or a program's token."""

    SIGN_IN = "sign-in"
    TOKEN = "token"  # noqa: S105 - the name of a kind


class Proof(NamedTuple):
    """By what a connection's visitor is known, so that it can be looked at again: the secret's hash."""

    kind: ProofKind
    token_hash: str


class TextFormat(Enum):
    """How the text of a post was written: literal text is never parsed as Markdown."""

    MARKDOWN = "markdown"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class ForumRules:
    """What rights ask of a forum: which one it is, who may read it, and who of its readers may post.

    Guests never post: ``PUBLIC`` for ``posting`` says no more than ``MEMBERS``.
    """

    forum_id: int
    audience: Audience = Audience.PUBLIC
    posting: Audience = Audience.MEMBERS


@dataclass(frozen=True, slots=True)
class Ban:
    """Why somebody is banned, and until when; without ``until_ms`` for good."""

    reason: str
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a guest, a member or a bot, with what they may do. Settled once per request or connection.

    ``moderates``: the forums that a moderator was given; an administrator moderates all without being listed.
    """

    member_id: int | None = None
    name: str = ""
    role: Role = Role.GUEST
    is_banned: bool = False
    is_bot: bool = False
    scopes: Scope = ALL_SCOPES
    hides_presence: bool = False
    moderates: frozenset[int] = frozenset()
    ban: Ban | None = None

    @property
    def is_guest(self) -> bool:
        return self.member_id is None

    def within(self, scopes: Scope) -> Visitor:
        """The same one with no more than these scopes: without ``MODERATE`` nobody is more than a member."""
        if Scope.MODERATE in scopes or self.role is Role.GUEST:
            return self if scopes == self.scopes else replace(self, scopes=scopes)
        return replace(self, scopes=scopes, role=Role.MEMBER, moderates=frozenset())


GUEST = Visitor()


class EventDraft(NamedTuple):
    """A durable change about to be logged: where, what kind, about what, and the version that thing has now.

    ``about_id`` is the id of a post for ``post.*``, of a thread for ``thread.*``, of a member for ``member.*``, of a
    notification for ``notified`` (0 where only the number of unread ones has changed).
    """

    channel: str
    name: str
    about_id: int
    about_version: int


class LoggedEvent(NamedTuple):
    """A row of the log: a draft with its seq."""

    channel: str
    seq: int
    name: str
    about_id: int
    about_version: int
