"""What ordinary requests tell, with answers in the test's hand."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tertulia_client.address import parse_address
from tertulia_client.checkup.answers import check_cookie, check_ready, check_server
from tertulia_client.checkup.finding import Verdict

SECURE = "https://forum.test"
MARKED = "__Host-tertulia_sign_in=; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure"
HELLO = {"messages": [["hello", {"server": "tertulia/9"}]], "since": ""}
NOON = "Mon, 01 Jun 2026 12:00:00 GMT"
NOON_S = 1780315200.0


def answering(status: int = 200, *, headers: dict[str, str] | None = None, **content: Any) -> httpx2.AsyncClient:
    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers=headers, **content)

    return httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url=SECURE)


@pytest.mark.parametrize(
    ("offset_s", "verdict", "words"),
    [(0, Verdict.OK, "agrees"), (-60, Verdict.WARN, "60 s ahead"), (60, Verdict.WARN, "60 s behind")],
)
async def test_clock_is_compared_with_ours(offset_s: int, verdict: Verdict, words: str) -> None:
    async with answering(json=HELLO, headers={"date": NOON}) as http:
        answers, clock = await check_server(http, lambda: NOON_S + offset_s)
    assert (answers.verdict, answers.sentence) == (Verdict.OK, "tertulia/9")
    assert clock.verdict is verdict
    assert words in clock.sentence


@pytest.mark.parametrize("content", [{"text": "<html>"}, {"json": []}, {"json": {"messages": [["hello", 1]]}}])
async def test_answer_of_something_else_is_known(content: dict[str, Any]) -> None:
    async with answering(**content) as http:
        [finding] = await check_server(http)
    assert finding.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [(200, "ready", Verdict.OK), (200, "degraded", Verdict.WARN), (503, "not ready", Verdict.FAIL)],
)
async def test_server_that_is_not_well_says_why(status: int, said: str, verdict: Verdict) -> None:
    async with answering(status, json={"status": said, "reasons": ["the broker is away"]}) as http:
        finding = await check_ready(http)
    assert finding.verdict is verdict
    assert verdict is Verdict.OK or "the broker is away" in finding.sentence


@pytest.mark.parametrize(("cookie", "verdict"), [(MARKED, Verdict.OK), (MARKED[:-8], Verdict.WARN), ("", Verdict.WARN)])
async def test_cookie_must_be_marked_where_there_is_tls(cookie: str, verdict: Verdict) -> None:
    async with answering(303, headers={"set-cookie": cookie} if cookie else {}) as http:
        finding = await check_cookie(http, parse_address(SECURE))
    assert finding.verdict is verdict
    assert (verdict is Verdict.OK) == (not finding.advice)


async def test_site_without_tls_is_warned_of_unless_it_is_our_own_machine() -> None:
    async with answering() as http:
        assert (await check_cookie(http, parse_address("http://forum.test"))).verdict is Verdict.WARN
        assert (await check_cookie(http, parse_address("http://127.0.0.1:1"))).verdict is Verdict.OK
