"""The errors of the client.

- `ClientError`: has a `Code` and a sentence for a person
  - `AddressError`: the URL names no server
  - `ServerUnreachable`: nobody answers there
  - `NotTertulia`: somebody answers, but not as a Tertulia server does
  - `ApiError`: the server turned a request down
  - `FollowRefused`: the server does not let us listen, and trying again would not help
"""

from __future__ import annotations

from typing import Final

from tertulia_wire.codes import Action, Code, action_of
from tertulia_wire.cursors import Cursor
from tertulia_wire.version import PROTOCOL_VERSION, __version__

_CODES: Final = {int(code): code for code in Code}
_FIRST_OF_ACTION: Final = {
    Action.RETRY: Code.INTERNAL,
    Action.RESUBSCRIBE: Code.STALE_VERSION,
    Action.CORRECT: Code.INVALID,
    Action.GIVE_UP: Code.FORBIDDEN,
}


_ADVICE: Final = {
    Code.UNAUTHENTICATED: "Make a token (your name > Bots and tokens, or on the server: tertulia bot create NAME) and"
    " give it to the program: token=..., --token or TERTULIA_TOKEN.",
    Code.UNKNOWN_CHANNEL: "Or this account may not read it: check the number, or ask a moderator.",
    Code.BANNED: "Ask an administrator.",
    Code.PROTOCOL_UNSUPPORTED: f"This is tertulia {__version__}, which speaks version {PROTOCOL_VERSION} of the"
    " protocol, and the server speaks another: pip install --upgrade tertulia.",
}


def advised(sentence: str, number: int) -> str:
    """The sentence, and what a person can do about it if we know."""
    advice = _ADVICE.get(_CODES.get(number, Code.INTERNAL))
    return sentence if advice is None or advice in sentence else f"{sentence} {advice}"


def known_code(number: int) -> Code:
    """The `Code` with this number; for a newer one, an old one that asks for the same action."""
    return _CODES.get(number) or _FIRST_OF_ACTION[action_of(number)]


def sentence_of(number: int) -> str:
    """What to tell a person who gets only a number."""
    code = _CODES.get(number)
    return code.sentence if code is not None else f"The server refused (code {number})."


class ClientError(Exception):
    """Root of the tree. ``code`` is our own word for it; its action says whether to try again."""

    def __init__(self, sentence: str, code: Code = Code.INVALID) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class AddressError(ClientError):
    """The URL cannot be one of a server."""


class ServerUnreachable(ClientError):
    """No connection, or it broke before an answer came; the request may have been carried out."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Code.STORE_UNAVAILABLE)


class NotTertulia(ClientError):
    """What answers at this address does not speak the protocol."""


class ApiError(ClientError):
    """A problem document: ``number`` is the code as the server sent it, ``status`` the HTTP status.

    ``cursor``: with ``CURSOR_RESET``, the place from which the channel can be followed.
    """

    def __init__(
        self,
        number: int,
        status: int,
        sentence: str,
        retry_after_ms: int | None = None,
        cursor: Cursor | None = None,
    ) -> None:
        super().__init__(sentence, known_code(number))
        self.number = number
        self.status = status
        self.retry_after_ms = retry_after_ms
        self.cursor = cursor

    @property
    def action(self) -> Action:
        return action_of(self.number)


class FollowRefused(ClientError):
    """The connection was refused or closed for good, or (``channel``) one subscription was."""

    def __init__(self, number: int, sentence: str, channel: str | None = None) -> None:
        super().__init__(advised(sentence, number), known_code(number))
        self.number = number
        self.channel = channel
