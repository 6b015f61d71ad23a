from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from programs import OPENSSL
from tertulia_server.forum.address_rules import AddressRules
from tertulia_server.forum.webhooks import Outcome
from tertulia_server.webhooks import posting
from tertulia_server.webhooks.failures import NAME_UNKNOWN, NO_TLS, NOBODY_THERE, OTHER_NAME, UNTRUSTED
from tertulia_server.webhooks.posting import MAX_ANSWER_CHARS, Answer, Poster, plain_excerpt, signed_headers
from tertulia_wire.webhooks import verify, write_secret
from tests.needs import need
from tests.processes import free_port
from tests.redis_servers import Certificates
from tests.server.webhooks.receiver import Behaviour, Receiver, answer, babble, cut, drip, flood, hang, receiving
from tests.server.webhooks.test_connecting import Names

RULES = AddressRules((ip_network("127.0.0.0/8"),), frozenset())
SECRETS = [write_secret(b"one"), write_secret(b"two")]
BODY = '{"name":"ñ"}'.encode()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    poster = Poster(RULES, timeout_s=5)
    yield poster
    await poster.close()


async def post(poster: Poster, url: str) -> Answer:
    return await poster.post(url, signed_headers("1:forum:2:e:3", SECRETS, BODY, 1_760_000_000), BODY)


async def test_delivery_carries_what_the_receiver_needs(receiver: Receiver, poster: Poster) -> None:
    receiver.script = [answer(200, b"thank you")]
    got = await post(poster, receiver.url)
    assert (got.outcome, got.status, got.text) == (Outcome.DELIVERED, 200, "thank you")
    ((head, body),) = receiver.requests
    assert head[""] == "POST /in?a=b HTTP/1.1"
    assert head["host"] == f"127.0.0.1:{receiver.port}"
    assert (head["content-type"], body) == ("application/json", BODY)
    for secret in SECRETS:
        assert verify(head, body, [secret], now_s=1_760_000_000) == "1:forum:2:e:3"


async def test_name_stays_in_the_request(receiver: Receiver) -> None:
    poster = Poster(RULES, timeout_s=5, resolve=Names(["127.0.0.1"]))
    await post(poster, f"http://receiver.example:{receiver.port}/x")
    assert receiver.requests[0][0]["host"] == f"receiver.example:{receiver.port}"
    await poster.close()


@pytest.mark.parametrize("status", [201, 204, 299])
async def test_every_yes_is_a_yes(receiver: Receiver, poster: Poster, status: int) -> None:
    receiver.script = [answer(status)]
    assert (await post(poster, receiver.url)).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("status", [300, 400, 404, 410, 500, 503])
async def test_everything_else_is_a_no(receiver: Receiver, poster: Poster, status: int) -> None:
    receiver.script = [answer(status, b"no\x00\x1b[31m \xff way")]
    got = await post(poster, receiver.url)
    assert (got.outcome, got.status, got.text) == (Outcome.REFUSED, status, "no [31m � way")


async def test_redirect_is_not_followed(receiver: Receiver, poster: Poster) -> None:
    """Not even to a public address: an address is what its owner wrote, or nothing."""
    async with receiving() as private:
        receiver.script = [answer(307, b"", f"Location: {private.url}"), answer(301, b"", "Location: http://10.0.0.1/")]
        assert (await post(poster, receiver.url)).status == 307
        assert (await post(poster, receiver.url)).status == 301
        assert private.requests == []


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (hang, Outcome.TIMEOUT),
        (cut, Outcome.UNREACHABLE),
        (babble, Outcome.UNREACHABLE),
        (drip, Outcome.DELIVERED),
        (flood, Outcome.DELIVERED),
    ],
)
async def test_whatever_a_receiver_does_is_over_soon(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, behaviour: Behaviour, outcome: Outcome
) -> None:
    monkeypatch.setattr(posting, "ANSWER_S", 0.05)
    poster = Poster(RULES, timeout_s=0.2 if behaviour is hang else 10)
    receiver.script = [behaviour]
    got = await post(poster, receiver.url)
    assert got.outcome is outcome
    assert len(got.text) <= MAX_ANSWER_CHARS
    await poster.close()


async def test_next_delivery_is_none_the_worse_for_one_that_was_cut_off(
    receiver: Receiver, poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ANSWER_S", 0.05)
    receiver.script = [drip, flood, cut]
    outcomes = [(await post(poster, receiver.url)).outcome for _ in range(4)]
    assert outcomes == [Outcome.DELIVERED, Outcome.DELIVERED, Outcome.UNREACHABLE, Outcome.DELIVERED]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://[::1]:{port}/"]
)
async def test_this_machine_is_closed_unless_it_is_allowed(receiver: Receiver, url: str) -> None:
    poster = Poster(AddressRules((), frozenset({receiver.port})), timeout_s=5)
    assert (await post(poster, url.format(port=receiver.port))).outcome is Outcome.BLOCKED
    assert receiver.requests == []
    await poster.close()


async def test_name_that_leads_elsewhere_the_next_time_is_blocked(receiver: Receiver) -> None:
    receiver.usual = answer(200, b"", "Connection: close")
    poster = Poster(RULES, timeout_s=5, resolve=Names(["127.0.0.1"], ["169.254.169.254"]))
    url = f"http://receiver.example:{receiver.port}/"
    assert (await post(poster, url)).outcome is Outcome.DELIVERED
    blocked = await post(poster, url)
    assert (blocked.outcome, blocked.status, blocked.text) == (Outcome.BLOCKED, None, "")
    assert len(receiver.requests) == 1
    await poster.close()


async def test_nobody_there_and_no_such_name(poster: Poster) -> None:
    nobody = await post(poster, f"http://127.0.0.1:{free_port()}/")
    assert (nobody.outcome, nobody.text) == (Outcome.UNREACHABLE, NOBODY_THERE)
    lost = Poster(RULES, timeout_s=5, resolve=Names(OSError("no such name")))
    assert (await post(lost, "http://receiver.example/")).text == NAME_UNKNOWN
    await lost.close()


async def test_answer_says_when_to_come_back(receiver: Receiver, poster: Poster) -> None:
    values = {"30": 30_000, "Wed, 21 Oct 2026 07:28:00 GMT": 0, "9" * 30: 0, "-1": 0}
    receiver.script = [answer(503, b"", f"Retry-After: {value}") for value in values]
    assert [(await post(poster, receiver.url)).retry_after_ms for _ in values] == list(values.values())


async def test_certificate_must_be_of_the_name(poster: Poster) -> None:
    """What speaks no TLS, or with a certificate of nobody's, gets nothing."""

    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await babble(writer)

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        got = await post(poster, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (got.outcome, got.status, got.text) == (Outcome.UNREACHABLE, None, NO_TLS)
    assert poster._pool._ssl_context is not None
    assert poster._pool._ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert poster._pool._ssl_context.check_hostname


async def test_tls_is_with_the_name_and_not_with_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Certificates(need(OPENSSL), tmp_path, "DNS:receiver.example")
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(made.file, made.key_file)
    async with receiving(ours) as receiver:
        stranger = Poster(RULES, timeout_s=10, resolve=Names(["127.0.0.1"]))
        monkeypatch.setattr(posting, "_ssl_context", lambda: ssl.create_default_context(cafile=str(made.ca_file)))
        poster = Poster(RULES, timeout_s=10, resolve=Names(["127.0.0.1"]))
        url = f"https://receiver.example:{receiver.port}/in"
        assert (await post(poster, url)).outcome is Outcome.DELIVERED
        refusals = [await post(poster, url.replace("receiver", "other")), await post(stranger, url)]
        assert [(refused.outcome, refused.text) for refused in refusals] == [
            (Outcome.UNREACHABLE, OTHER_NAME),
            (Outcome.UNREACHABLE, UNTRUSTED),
        ]
        assert [head["host"] for head, _ in receiver.requests] == [f"receiver.example:{receiver.port}"]
        await poster.close()
        await stranger.close()


def test_excerpt_is_short_and_harmless() -> None:
    assert plain_excerpt(b"  one\r\n\ttwo\x07 \xe2\x80\xae three ") == "one two three"
    assert len(plain_excerpt(b"a" * 100_000)) == MAX_ANSWER_CHARS
