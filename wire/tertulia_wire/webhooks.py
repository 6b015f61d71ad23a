"""What a webhook brings, and its signature: HMAC-SHA256 over the id, the time stamp and the body.

The headers, the form of the secret and what is signed are those of the Standard Webhooks specification 1.0, so that
receivers may also use a library for it in whatever language they are written.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the part that is no secret: scanners find a leaked one by it
TOLERANCE_S: Final = 300
"""How far the time stamp may be from the receiver's clock: a delivery that somebody kept is of no use to them later."""

RESET: Final = "reset"
"""The name of the delivery that says: the log was shortened or is another one, go on from here."""

TEST: Final = "test"
"""The name of a delivery that tells of nothing: somebody tries whether it is taken."""

_VERSION: Final = "v1"
_MAX_SIGNATURES: Final = 8
_MAX_TIMESTAMP_CHARS: Final = 15


class WebhookData(TypedDict):
    """The body of a delivery. ``id`` is the same however often it is sent: webhook, channel, epoch and seq.

    ``name`` and ``data`` are those of the event in its channel, or ``reset`` and ``{"reason": ...}``.
    """

    id: str
    webhook: int
    channel: str
    epoch: str
    seq: int
    name: str
    data: Mapping[str, Any]


class SignatureError(ValueError):
    """The delivery is not from who knows the secret, or not of now. Answer it with 401 and do nothing."""


def write_secret(key: bytes) -> str:
    """The secret as it is shown and kept."""
    return SECRET_PREFIX + b64encode(key).decode()


def sign(secret: str, delivery_id: str, timestamp_s: int, body: bytes) -> str:
    """The signature as it stands in the header: ``v1,`` and base64. `ValueError` for what is no secret."""
    signed = f"{delivery_id}.{timestamp_s}.".encode() + body
    return f"{_VERSION},{b64encode(hmac.digest(_key(secret), signed, 'sha256')).decode()}"


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, now_s: float, tolerance_s: float = TOLERANCE_S
) -> str:
    """The id of a delivery that was signed with one of these secrets, within the tolerance; else `SignatureError`.

    ``body`` are the very bytes that came. While a secret is being changed there are two signatures and one fits.
    """
    given = {name.lower(): value for name, value in headers.items()}
    delivery_id, stamp = given.get(ID_HEADER, ""), given.get(TIMESTAMP_HEADER, "")
    if not delivery_id or not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _MAX_TIMESTAMP_CHARS):
        raise SignatureError("The headers of a signed delivery are missing.")
    if abs(now_s - int(stamp)) > tolerance_s:
        raise SignatureError("The time stamp is too far from this machine's clock.")
    found = given.get(SIGNATURE_HEADER, "").split(" ")[:_MAX_SIGNATURES]
    wanted = [sign(secret, delivery_id, int(stamp), body) for secret in secrets]
    # Each is compared, in a time that tells nothing of how much of it was right.
    matches = [hmac.compare_digest(one.encode(), other.encode("utf-8", "replace")) for one in wanted for other in found]
    if not any(matches):
        raise SignatureError("The signature does not fit: another secret, or the body was changed on its way.")
    return delivery_id


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"A secret is {SECRET_PREFIX} and base64.") from error
    if not key:
        raise ValueError("The secret is empty.")
    return key
