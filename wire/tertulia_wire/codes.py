"""The one numbered table of codes: of errors on the socket, of close frames and of problem documents.

The hundreds say what a client should do, so that a client which has never heard of a code still acts rightly.
All numbers lie in 4000-4999, the range that RFC 6455 section 7.4.2 leaves to applications.
A number is never reused.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Self


class Action(Enum):
    """What a client should do on a code; chosen by the code's hundreds."""

    RETRY = "retry"
    """Nothing is wrong with the request: repeat it after ``retry_after``, or after a jittered backoff."""
    RESUBSCRIBE = "resubscribe"
    """What the client holds is out of date: read again (or subscribe again), then go on."""
    CORRECT = "correct"
    """The request itself is wrong: repeating it unchanged fails again."""
    GIVE_UP = "give up"
    """Not with this identity or this program: ask a person."""


class Code(IntEnum):
    """Every code of protocol version 1; ``status`` is the HTTP status of the same refusal."""

    status: int
    sentence: str

    def __new__(cls, number: int, status: int, sentence: str) -> Self:
        code = int.__new__(cls, number)
        code._value_ = number
        code.status = status
        code.sentence = sentence
        return code

    INTERNAL = 4000, 500, "The server made a mistake. Try again; if it stays, tell the operator."
    DRAINING = 4001, 503, "This server is stopping. Come back in a moment."
    OVERLOADED = 4002, 503, "The server is busy. Come back in a moment."
    RATE_LIMITED = 4003, 429, "Too many requests at once. Slow down."
    STORE_UNAVAILABLE = 4004, 503, "The database does not answer. Try again in a moment."

    STALE_VERSION = 4100, 409, "Somebody changed this since you read it. Read it again, then repeat your change."
    RIGHTS_CHANGED = 4101, 403, "Who may read this has changed. Subscribe again if you still may."
    CURSOR_RESET = 4102, 410, "This cursor cannot be resumed. Start over from the one that comes with this answer."

    MALFORMED = 4200, 400, "This message cannot be read. Check its encoding and its shape."
    TOO_LARGE = 4201, 413, "This message is larger than the limit."
    UNKNOWN_KIND = 4202, 400, "This kind of message is unknown in protocol version 1."
    INVALID = 4203, 422, "A field of the request has a value that it may not have."
    UNKNOWN_CHANNEL = 4204, 404, "There is no such channel."
    ALREADY_SUBSCRIBED = 4205, 409, "This connection follows the channel already."
    NOT_SUBSCRIBED = 4206, 409, "This connection does not follow the channel."
    TOO_MANY_SUBSCRIPTIONS = 4207, 429, "One connection may not follow so many channels."
    NOT_FOUND = 4208, 404, "There is nothing here."
    POST_EMPTY = 4209, 422, "A post needs some text."
    POST_TOO_LONG = 4210, 422, "The post is longer than the limit."
    KEY_MISSING = (
        4211,
        400,
        "Send an Idempotency-Key header of 8 to 64 characters, so that a repeated request posts once.",
    )
    METHOD_NOT_ALLOWED = 4212, 405, "This address does not take that method."
    THREAD_LOCKED = 4213, 403, "This thread is locked."
    POST_REMOVED = 4214, 410, "This post was removed."
    TITLE_INVALID = 4215, 422, "A title needs 1 to 200 characters."
    UNSUPPORTED_MEDIA = 4216, 415, "Send the body as JSON."
    NAME_TAKEN = 4217, 409, "A member with this name, or one that looks like it, is there already."

    UNAUTHENTICATED = 4300, 401, "Sign in, or send a valid token."
    FORBIDDEN = 4301, 403, "You may not do this."
    BANNED = 4302, 403, "This account is banned."
    ORIGIN_REFUSED = 4303, 403, "Requests from that site are refused."
    PROTOCOL_UNSUPPORTED = 4304, 400, "Offer the subprotocol tertulia.v1.msgpack or tertulia.v1.json."
    SIGN_IN_FAILED = 4305, 401, "The name or the password is wrong."

    @property
    def action(self) -> Action:
        """What a client should do; see `action_of` for numbers that this release does not know."""
        return action_of(self)


_ACTIONS = {40: Action.RETRY, 41: Action.RESUBSCRIBE, 42: Action.CORRECT, 43: Action.GIVE_UP}


def action_of(number: int) -> Action:
    """The action for any number, known or not: outside our ranges (1006, 1012, ...) it is to retry."""
    return _ACTIONS.get(number // 100, Action.RETRY)
