from __future__ import annotations

import json
import time

import pytest

from tertulia_client.webhooks import SignatureError, read_delivery, verify
from tertulia_wire.cursors import Cursor
from tertulia_wire.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign, write_secret

SECRET = write_secret(b"some key")
OLD = write_secret(b"the key of yesterday")


def signed(told: object, *, late_s: int = 0) -> tuple[dict[str, str], bytes]:
    body, at_s = json.dumps(told).encode(), int(time.time()) - late_s
    signature = sign(SECRET, "3:forum:7:abc:12", at_s, body)
    return {ID_HEADER: "3:forum:7:abc:12", TIMESTAMP_HEADER: str(at_s), SIGNATURE_HEADER: signature}, body


def told(name: str) -> dict[str, object]:
    return {"id": "?", "webhook": 3, "channel": "forum:7", "epoch": "abc", "seq": 12, "name": name, "data": {"a": 1}}


def test_delivery_of_now_is_read() -> None:
    delivery = read_delivery(*signed(told("post.created")), [OLD, SECRET])
    assert (delivery.id, delivery.webhook, delivery.channel) == ("3:forum:7:abc:12", 3, "forum:7")
    assert (delivery.cursor, delivery.name, delivery.data) == (Cursor("abc", 12), "post.created", {"a": 1})
    assert not delivery.is_reset
    assert read_delivery(*signed(told("reset")), SECRET).is_reset


def test_old_delivery_and_foreign_secret_are_refused() -> None:
    with pytest.raises(SignatureError, match="time stamp"):
        verify(*signed({}, late_s=400), SECRET)
    assert verify(*signed({}, late_s=400), SECRET, tolerance_s=500)
    with pytest.raises(SignatureError, match="does not fit"):
        verify(*signed({}), OLD)
