from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.errors import Refusal
from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.models import GUEST, Audience, ForumRules, Role, Visitor
from tertulia_server.forum.webhooks import (
    FIRST_RETRY_MS,
    LONGEST_RETRY_MS,
    MAX_URL_CHARS,
    OffReason,
    check_target,
    check_url,
    delivery_id,
    new_secret,
    reason_to_stop,
    retry_after_ms,
)
from tertulia_wire.codes import Code
from tertulia_wire.cursors import Cursor
from tertulia_wire.webhooks import sign

ADA = Visitor(1, "ada", Role.MEMBER, is_banned=False, is_bot=False)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (" https://example.org ", "https://example.org/"),
        ("HTTPS://Example.ORG:8443/a?b=c", "https://example.org:8443/a?b=c"),
        ("http://bücher.example/x%20y", "http://xn--bcher-kva.example/x%20y"),
        ("https://[2606:4700::1111]:443/", "https://[2606:4700::1111]:443/"),
    ],
)
def test_address_is_kept_as_it_is_sent_to(text: str, url: str) -> None:
    assert check_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org:70/",
        "https://",
        "https:///path",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://user:secret@example.org/",
        "https://@example.org/",
        "https://example.org/#part",
        "https://example.org/a b",
        "https://example.org/\r\nHost: other",
        "https://example.org/ü",
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://" + "a" * 70 + ".example/",
        "https://example.org/" + "a" * MAX_URL_CHARS,
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_url(text)
    assert refusal.value.code is Code.INVALID


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        url = check_url(text if "://" in text else f"https://{text}")
    except Refusal:
        return
    assert url.isascii()
    assert url.isprintable()
    assert check_url(url) == url


def test_addresses_in_numbers_are_looked_at_early_and_names_later() -> None:
    rules = AddressRules((), frozenset({443}))
    check_target("https://example.org/", rules)
    check_target("https://8.8.8.8/", rules)
    for url in ("https://127.0.0.1/", "http://8.8.8.8/", "https://[::1]/", "https://8.8.8.8:22/"):
        with pytest.raises(Refusal):
            check_target(url, rules)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.integers(0, 10**9))
def test_waits_grow_within_bounds(failures: int, chance: float, asked_ms: int) -> None:
    wait_ms = retry_after_ms(failures, chance)
    assert FIRST_RETRY_MS // 2 <= wait_ms <= LONGEST_RETRY_MS
    assert retry_after_ms(failures + 1, chance) >= wait_ms
    assert wait_ms <= retry_after_ms(failures, chance, asked_ms) <= LONGEST_RETRY_MS
    assert retry_after_ms(failures, chance, asked_ms) >= min(asked_ms, LONGEST_RETRY_MS)


def test_what_failed_together_is_not_tried_together() -> None:
    assert len({retry_after_ms(8, tenth / 10) for tenth in range(10)}) == 10


def test_delivery_id_is_of_its_place_alone() -> None:
    assert delivery_id(3, "forum:7", Cursor("abc", 12)) == "3:forum:7:abc:12"
    assert delivery_id(3, "forum:7", Cursor("abc", 12), "reset") == "3:forum:7:abc:12:reset"


def test_secrets_are_fresh_and_sign() -> None:
    assert new_secret() != new_secret()
    assert sign(new_secret(), "1", 1, b"").startswith("v1,")


def test_only_who_may_read_now_is_sent_anything() -> None:
    banned = replace(ADA, is_banned=True)
    public, members, staff = (ForumRules(7, audience) for audience in list(Audience)[:3])
    assert reason_to_stop(ADA, members) is OffReason.NONE
    assert reason_to_stop(ADA, staff) is OffReason.RIGHTS
    assert reason_to_stop(ADA, None) is OffReason.RIGHTS
    assert reason_to_stop(banned, public) is OffReason.BANNED
    assert reason_to_stop(GUEST, public) is OffReason.RIGHTS
