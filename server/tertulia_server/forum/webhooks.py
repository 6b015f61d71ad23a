"""What a webhook is: where it leads, when it is tried again, why it rests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from tertulia_server.errors import Refusal, Sentence
from tertulia_server.forum.address_rules import CLOSED, AddressRules, is_number
from tertulia_server.forum.models import ForumRules, Visitor
from tertulia_server.forum.rights import may_receive
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.webhooks import write_secret

MAX_URL_CHARS: Final = 1_000
MAX_HOST_CHARS: Final = 253
SECRET_BYTES: Final = 32

FIRST_RETRY_MS: Final = 2_000
LONGEST_RETRY_MS: Final = 3_600_000
OLD_SECRET_MS: Final = 24 * 3_600_000
"""How long deliveries carry a second signature, made with the secret that was replaced."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """How many a member may have, 0 is none at all; and where they may lead."""

    most_per_member: int
    addresses: AddressRules


NO_WEBHOOKS: Final = WebhookRules(0, CLOSED)


class OffReason(Enum):
    """Why a webhook sends nothing."""

    NONE = ""
    OWNER = "owner"
    FAILING = "failing"
    BANNED = "banned"
    RIGHTS = "rights"


class Outcome(Enum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    GONE = "gone"


def check_url(text: str) -> str:
    """The address with its host in ASCII; ``INVALID`` for what cannot be one. Where the name leads is not asked yet."""
    text = text.strip()
    if len(text) > MAX_URL_CHARS:
        raise Refusal(Code.INVALID, Sentence("The address may have %(most)s characters.", most=MAX_URL_CHARS))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Refusal(Code.INVALID, "This is no address that a webhook could be sent to.") from None
    if parts.scheme not in _DEFAULT_PORTS or not host or len(host) > MAX_HOST_CHARS or "%" in host or port == 0:
        raise Refusal(Code.INVALID, "A webhook is sent to an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None or "#" in text:
        raise Refusal(Code.INVALID, "The address of a webhook has neither a name and password nor a # in it.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not all("!" <= character <= "~" for character in target + host):
        raise Refusal(
            Code.INVALID, "The address may have plain letters only: copy it as a browser shows it after a visit."
        )
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{place}{f':{port}' if port is not None else ''}{target}"


def check_target(url: str, rules: AddressRules) -> None:
    """Refuse (``INVALID``) an address in numbers that no delivery would reach; a name is looked up at each delivery."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_number(host) and not rules.permits(host, parts.port or _DEFAULT_PORTS[parts.scheme]):
        raise Refusal(Code.INVALID, "Webhooks of this site are not sent to that address or port.")


def new_secret() -> str:
    """A fresh one of 256 bits."""
    return write_secret(secrets.token_bytes(SECRET_BYTES))


def delivery_id(webhook_id: int, channel: str, at: Cursor, kind: str = "") -> str:
    """The name of a delivery: the same however often, and from whatever worker, it is sent.

    ``kind`` is said by what is no event.
    """
    return f"{webhook_id}:{channel}:{at.epoch}:{at.seq}{f':{kind}' if kind else ''}"


def retry_after_ms(failures: int, chance: float, asked_ms: int = 0) -> int:
    """How long to wait after so many failures in a row, at least 1; ``chance`` is in [0, 1).

    Twice as long each time, up to an hour, a half of it by chance, so that what failed together is not tried together.
    Not earlier than the receiver asked for, but never longer than that hour.
    """
    whole = min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** min(failures - 1, 20))
    return min(LONGEST_RETRY_MS, max(asked_ms, int(whole * (0.5 + chance / 2))))


def reason_to_stop(owner: Visitor, rules: ForumRules | None) -> OffReason:
    """Why this owner gets nothing of what stands under these rules (None: it is not there); `NONE` if they do.

    Asked before each delivery.
    """
    if owner.is_banned:
        return OffReason.BANNED
    return OffReason.NONE if may_receive(owner, rules) else OffReason.RIGHTS
