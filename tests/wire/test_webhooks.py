from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_wire.data import ThreadData
from tertulia_wire.webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureError,
    WebhookData,
    sign,
    verify,
    write_secret,
)

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "webhooks.md"
NOW_S = 1_760_000_000
SECRET = write_secret(b"a key of some bytes")
OTHER = write_secret(b"another key")

keys = st.binary(min_size=1, max_size=64)
ids = st.from_regex(r"[0-9]{1,5}:(forum|thread):[0-9]{1,5}:[0-9a-z]{1,12}:[0-9]{1,9}", fullmatch=True)


def headers_of(secret: str, delivery_id: str, body: bytes, at_s: int = NOW_S) -> dict[str, str]:
    signature = sign(secret, delivery_id, at_s, body)
    return {ID_HEADER: delivery_id, TIMESTAMP_HEADER: str(at_s), SIGNATURE_HEADER: signature}


def test_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks specification: whoever has a library for it can read ours."""
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_example_of_the_reference_fits() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    found = re.search(r"```http\n(.*?)\n\n(.*?)\n```\n\nsigned with the secret `(.*?)`", page, re.DOTALL)
    assert found is not None
    lines, body, secret = found.groups()
    headers = dict(line.split(": ", 1) for line in lines.splitlines()[1:])
    now_s = int(headers[TIMESTAMP_HEADER])
    told = json.loads(body)
    assert verify(headers, body.encode(), [secret], now_s=now_s) == told["id"] == headers[ID_HEADER]
    assert told.keys() == WebhookData.__annotations__.keys()
    assert told["data"]["thread"].keys() == ThreadData.__annotations__.keys()


@given(keys, ids, st.binary(max_size=200), st.integers(-300, 300))
def test_what_was_signed_is_verified_within_the_tolerance(key: bytes, name: str, body: bytes, late_s: int) -> None:
    secret = write_secret(key)
    assert verify(headers_of(secret, name, body), body, [secret], now_s=NOW_S + late_s) == name


@given(st.data())
def test_whatever_is_changed_does_not_fit(data: st.DataObject) -> None:
    body = data.draw(st.binary(min_size=1, max_size=80))
    headers = headers_of(SECRET, "1:forum:2:abc:3", body)
    changed = data.draw(st.sampled_from(["body", "id", "time", "secret"]))
    if changed == "body":
        place = data.draw(st.integers(0, len(body) - 1))
        body = body[:place] + bytes([body[place] ^ data.draw(st.integers(1, 255))]) + body[place + 1 :]
    if changed == "id":
        headers[ID_HEADER] += "0"
    if changed == "time":
        headers[TIMESTAMP_HEADER] = str(NOW_S + data.draw(st.integers(1, 200)))
    with pytest.raises(SignatureError):
        verify(headers, body, [OTHER if changed == "secret" else SECRET], now_s=NOW_S)


@pytest.mark.parametrize("late_s", [301, -301])
def test_what_was_signed_at_another_time_is_refused(late_s: int) -> None:
    headers = headers_of(SECRET, "1", b"{}")
    with pytest.raises(SignatureError, match="time stamp"):
        verify(headers, b"{}", [SECRET], now_s=NOW_S + late_s)
    assert verify(headers, b"{}", [SECRET], now_s=NOW_S + late_s, tolerance_s=301) == "1"


def test_headers_may_be_written_in_any_way_and_one_of_several_signatures_is_enough() -> None:
    headers = {name.title(): value for name, value in headers_of(SECRET, "1", b"{}").items()}
    headers["Webhook-Signature"] = f"v1a,nonsense {sign(OTHER, '1', NOW_S, b'{}')} {headers['Webhook-Signature']}"
    assert verify(headers, b"{}", ["whsec_" + b64encode(b"a third").decode(), SECRET], now_s=NOW_S) == "1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (ID_HEADER, ""),
        (TIMESTAMP_HEADER, ""),
        (TIMESTAMP_HEADER, "-1"),
        (TIMESTAMP_HEADER, "1e9"),
        (TIMESTAMP_HEADER, "9" * 400),
        (TIMESTAMP_HEADER, "١٧"),
        (SIGNATURE_HEADER, ""),
        (SIGNATURE_HEADER, "v1,\ud800"),
        (SIGNATURE_HEADER, "v1"),
    ],
)
def test_hostile_headers_are_refused(name: str, value: str) -> None:
    headers = headers_of(SECRET, "1", b"{}") | {name: value}
    with pytest.raises(SignatureError):
        verify(headers, b"{}", [SECRET], now_s=NOW_S)


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_$$$", "not base64!"])
def test_what_is_no_secret_is_no_signature_but_an_error_of_the_receiver(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as error:
        sign(secret, "1", NOW_S, b"{}")
    assert not isinstance(error.value, SignatureError)
