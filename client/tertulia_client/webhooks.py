"""For receivers of webhooks: is this delivery from our forum, and what does it say?

    delivery = read_delivery(request.headers, body, os.environ["WEBHOOK_SECRET"])

No server is needed for it and no connection made; it may be used in any web framework.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tertulia_wire.cursors import Cursor
from tertulia_wire.webhooks import RESET, TOLERANCE_S, SignatureError
from tertulia_wire.webhooks import verify as verify_at

__all__ = ["Delivery", "SignatureError", "read_delivery", "verify"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a webhook brought. ``id`` is the same each time that it is sent: keep it, and do nothing twice.

    ``name`` and ``data`` are those of the event in its channel; with `is_reset` go on from ``cursor``.
    """

    id: str
    webhook: int
    channel: str
    cursor: Cursor
    name: str
    data: Mapping[str, Any]

    @property
    def is_reset(self) -> bool:
        """Events before ``cursor`` will not come: the log was shortened or restored."""
        return self.name == RESET


def verify(
    headers: Mapping[str, str], body: bytes, secret: str | Sequence[str], *, tolerance_s: float = TOLERANCE_S
) -> str:
    """The id of the delivery if it was signed with the secret (or one of several) just now; else `SignatureError`.

    ``body`` are the bytes as they came, before anything parsed them. Signatures are compared in constant time.
    """
    secrets = [secret] if isinstance(secret, str) else list(secret)
    return verify_at(headers, body, secrets, now_s=time.time(), tolerance_s=tolerance_s)


def read_delivery(
    headers: Mapping[str, str], body: bytes, secret: str | Sequence[str], *, tolerance_s: float = TOLERANCE_S
) -> Delivery:
    """Verify a delivery and read it. `SignatureError`: answer 401, and do nothing."""
    delivery_id = verify(headers, body, secret, tolerance_s=tolerance_s)
    told = json.loads(body)
    cursor = Cursor(told["epoch"], told["seq"])
    return Delivery(delivery_id, told["webhook"], told["channel"], cursor, told["name"], told["data"])
