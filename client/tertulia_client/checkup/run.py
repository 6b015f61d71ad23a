"""All checks of one address."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from typing import Final

import httpx2

from tertulia_client.address import ServerAddress
from tertulia_client.checkup.answers import check_cookie, check_ready, check_server
from tertulia_client.checkup.finding import Finding, fail, has_failed, words_of
from tertulia_client.checkup.sockets import check_origin, check_socket
from tertulia_client.checkup.streams import check_poll, check_stream
from tertulia_client.live_socket import USER_AGENT

PATIENCE_S: Final = 3.0
"""How long anything that should come at once may take."""


async def run_checks(address: ServerAddress, *, idle_s: float, patience_s: float = PATIENCE_S) -> list[Finding]:
    """Takes about ``idle_s``; finds what is wrong and raises nothing."""
    async with httpx2.AsyncClient(
        base_url=address.origin,
        headers={"User-Agent": USER_AGENT},
        timeout=httpx2.Timeout(patience_s, read=patience_s + idle_s),
        trust_env=not address.is_loopback,
        verify=ssl.create_default_context() if address.is_secure else False,  # the trust of the WebSocket
    ) as http:
        findings = await check_server(http)
        if has_failed(findings):
            return findings
        results = await asyncio.gather(
            _one(check_ready(http), "ready"),
            _one(check_cookie(http, address), "cookie"),
            check_socket(address, patience_s=patience_s, idle_s=idle_s),
            _one(check_origin(address, patience_s=patience_s), "origin"),
            check_stream(http, patience_s=patience_s, idle_s=idle_s),
            _one(check_poll(http, idle_s=idle_s), "long poll"),
        )
        return findings + [finding for result in results for finding in result]


async def _one(check: Awaitable[Finding], name: str) -> list[Finding]:
    """A check of ordinary requests, which may break under it."""
    try:
        return [await check]
    except httpx2.HTTPError as error:
        return [fail(name, f"the request broke: {words_of(error)}", "See the proxy's error log.")]
