"""An operator's self-check, by way of proxies that are set up right and wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tertulia_client.address import parse_address
from tertulia_client.checkup.finding import Finding, Verdict, report
from tertulia_client.checkup.run import run_checks
from tests.client.checkup.proxy import proxy
from tests.processes import TertuliaServer, free_port

IDLE_S = 0.6
PATIENCE_S = 1.0


async def found(url: str) -> dict[str, Finding]:
    findings = await run_checks(parse_address(url), idle_s=IDLE_S, patience_s=PATIENCE_S)
    return {finding.name: finding for finding in findings}


def verdicts(findings: dict[str, Finding]) -> dict[str, Verdict]:
    return {name: finding.verdict for name, finding in findings.items() if finding.verdict is not Verdict.OK}


async def test_server_by_itself_and_behind_a_good_proxy_is_well(checked_server: TertuliaServer) -> None:
    async with proxy(checked_server.port) as good:
        for url in (checked_server.url, good.url):
            findings = await found(url)
            assert verdicts(findings) == {}, report(findings.values())
            assert set(findings) == {
                "answers",
                "clock",
                "ready",
                "cookie",
                "websocket",
                "websocket lasts",
                "origin",
                "event stream",
                "stream lasts",
                "long poll",
            }


@pytest.mark.parametrize(
    ("faults", "wrong"),
    [
        ({"upgrades": False}, {"websocket": Verdict.FAIL, "origin": Verdict.WARN}),
        ({"buffers": True}, {"event stream": Verdict.FAIL}),
        (
            {"idle_s": 0.3},
            {"websocket lasts": Verdict.FAIL, "stream lasts": Verdict.FAIL, "long poll": Verdict.FAIL},
        ),
        ({"request": ((rb"host: [^\r]*", b"Host: backend:8000"),)}, {"origin": Verdict.FAIL}),
        (
            {"request": ((rb"sec-websocket-protocol:[^\r]*\r\n", b""),)},
            {"websocket": Verdict.FAIL, "origin": Verdict.WARN},
        ),
        ({"answer": ((rb"(text/event-stream)", rb"\1\r\nContent-Encoding: gzip"),)}, {"event stream": Verdict.FAIL}),
        ({"answer": ((rb"date: [^\r]*", b"Date: Mon, 01 Jan 2001 00:00:00 GMT"),)}, {"clock": Verdict.WARN}),
        ({"answer": ((rb"date: [^\r]*\r\n", b""),)}, {"clock": Verdict.WARN}),
        ({"request": ((rb"wait_ms=600", b"wait_ms=1"),)}, {"long poll": Verdict.FAIL}),
        ({"request": ((rb"GET /readyz", b"GET /nothing"),)}, {}),
        ({"request": ((rb"GET /live/events", b"GET /nothing"),)}, {"event stream": Verdict.FAIL}),
    ],
    ids=[
        "no upgrade",
        "buffers",
        "idle",
        "host",
        "subprotocol",
        "compresses",
        "clock",
        "no date",
        "does not wait",
        "no readyz",
        "no events",
    ],
)
async def test_each_fault_of_a_proxy_is_found_and_nothing_else(
    checked_server: TertuliaServer, faults: dict[str, Any], wrong: dict[str, Verdict]
) -> None:
    async with proxy(checked_server.port, **faults) as bad:
        findings = await found(bad.url)
        assert verdicts(findings) == wrong, report(findings.values())
        assert all(findings[name].advice for name in wrong)


async def test_what_is_not_there_or_no_server_of_ours_is_said_at_once(checked_server: TertuliaServer) -> None:
    nobody = await found(f"http://127.0.0.1:{free_port()}")
    assert verdicts(nobody) == {"answers": Verdict.FAIL}
    async with proxy(checked_server.port, request=((rb"/live/poll", b"/nothing"),)) as other:
        assert "not from Tertulia" in (await found(other.url))["answers"].sentence
    redirect = ((rb"HTTP/1.1 200 OK", b"HTTP/1.1 301 Moved\r\nLocation: https://forum.example.org/"),)
    async with proxy(checked_server.port, answer=redirect) as elsewhere:
        finding = (await found(elsewhere.url))["answers"]
        assert "https://forum.example.org/" in finding.advice
