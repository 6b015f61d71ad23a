"""Ordinary requests: does the server answer, is it ready, does its clock agree, is its cookie safe."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from tertulia_client.address import ServerAddress
from tertulia_client.checkup.finding import Finding, fail, ok, warn, words_of

CLOCK_TOLERANCE_S: Final = 5.0
PROTO_ADVICE: Final = (
    "nginx: proxy_set_header X-Forwarded-Proto $scheme;\n"
    "server: TERTULIA_TRUSTED_PROXIES must name the proxy's address, or the header is not believed"
)


async def check_server(http: httpx2.AsyncClient, wall_clock: Callable[[], float] = time.time) -> list[Finding]:
    """Whether a Tertulia server answers, and by whose clock. Nothing else is worth asking if the first has failed."""
    try:
        response = await http.get("/live/poll", params={"wait_ms": 0})
    except httpx2.HTTPError as error:
        return [fail("answers", f"no connection: {words_of(error)}", "Is the proxy up, and the name right?")]
    if response.is_redirect:
        advice = f"Check that address instead: {response.headers.get('location')}"
        return [fail("answers", f"it sends us elsewhere (status {response.status_code})", advice)]
    server = _server_of(response)
    if server is None:
        advice = "nginx: proxy_pass to the port where `tertulia serve` listens, for all paths"
        return [fail("answers", f"status {response.status_code}, but not from Tertulia", advice)]
    return [ok("answers", server), _check_clock(response, wall_clock())]


async def check_ready(http: httpx2.AsyncClient) -> Finding:
    """What the server says of itself. A proxy may well keep that for itself."""
    response = await http.get("/readyz")
    data = _json_of(response)
    status = data.get("status") if isinstance(data, dict) else None
    if status is None:
        return ok("ready", f"not asked: /readyz is not passed on (status {response.status_code})")
    reasons = "; ".join(str(reason) for reason in data.get("reasons", []))
    if status == "ready":
        return ok("ready", "store, broker and sweep are well")
    make = warn if response.is_success else fail
    return make(
        "ready", f"{status}: {reasons or 'no reason given'}", "This is the server's own state, not the proxy's."
    )


async def check_cookie(http: httpx2.AsyncClient, address: ServerAddress) -> Finding:
    """Whether the server knows that it is reached by TLS: only then it marks its cookie. Signs nobody out."""
    name = "cookie"
    if not address.is_secure:
        if address.is_loopback:
            return ok(name, "without TLS, which does for this machine alone")
        return warn(name, "the site is served without TLS: passwords travel readable", "Put TLS in front of it.")
    response = await http.post("/sign-out", headers={"Origin": address.origin})
    cookie = response.headers.get("set-cookie", "")
    if "secure" in {part.strip().lower() for part in cookie.split(";")}:
        return ok(name, "marked Secure")
    return warn(name, "the sign-in cookie is not marked Secure: the server does not know of the TLS", PROTO_ADVICE)


def _check_clock(response: httpx2.Response, now_s: float) -> Finding:
    try:
        server_s = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except ValueError:
        return warn("clock", "the answer has no date", "Something takes the header Date away.")
    difference_s = server_s - now_s
    if abs(difference_s) <= CLOCK_TOLERANCE_S:
        return ok("clock", "agrees with ours")
    word = "ahead of" if difference_s > 0 else "behind"
    return warn(
        "clock", f"{abs(difference_s):.0f} s {word} ours: times on pages look wrong", "Run NTP on both machines."
    )


def _server_of(response: httpx2.Response) -> str | None:
    """The name of the server out of the greeting in the answer to a poll."""
    data = _json_of(response)
    try:
        kind, hello = data["messages"][0]
        server = hello["server"]
    except (TypeError, LookupError, ValueError):
        return None
    return str(server) if kind == "hello" else None


def _json_of(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
