"""A real nginx with the shipped file, TLS and all, in front of two servers that share a database and a Redis."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from programs import NGINX, OPENSSL, REDIS
from tertulia_wire.codec import Encoding
from tests.browser.forum import PASSWORD, People
from tests.needs import need
from tests.nginx import NAME, Nginx
from tests.processes import RedisServer, TertuliaServer
from tests.scenarios.followers import RawFollower, TailFollower
from tests.scenarios.http_followers import PollFollower, SseFollower
from tests.scenarios.village import Place, Writer, found, open_thread, read_cursor

TEXTS = [f"text {number}" for number in range(60)]
VARIABLES = {
    "TERTULIA_TRUSTED_PROXIES": NAME,
    "TERTULIA_METRICS_READERS": NAME,
    "TERTULIA_HEARTBEAT_MS": "1000",
    "TERTULIA_DRAIN_MS": "300",
    "TERTULIA_LOCAL_TOKEN": "false",
}


@dataclass
class Site:
    """Two servers, and nginx in front of both."""

    nginx: Nginx
    servers: list[TertuliaServer]
    people: People


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """All of it, started once."""
    folder = tmp_path_factory.mktemp("nginx")
    people = found(folder)
    with ExitStack() as stack:
        redis = RedisServer(need(REDIS), folder)
        servers = [TertuliaServer(folder, broker=redis.url, variables=VARIABLES) for _ in range(2)]
        for process in (redis, *servers):
            stack.callback(process.close)
            process.start()
        nginx = Nginx(need(NGINX), need(OPENSSL), folder, [server.port for server in servers])
        stack.callback(nginx.close)
        nginx.start()
        yield Site(nginx, servers, people)


@pytest.fixture
def site(running: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """As it was at first, whatever the test before did with it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(running.nginx.certificates.ca_file))  # every client believes it
    for server in running.servers:
        if server.process.poll() is not None:
            server.start()
    return running


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def ask(url: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, Message, str]:
    """One request, and its answer whatever it is: status, headers, body."""
    data = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
    context = ssl.create_default_context()
    opener = urllib.request.build_opener(_StayHere(), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def followers_of(site: Site, place: Place, stack: ExitStack, folder: Path) -> list[RawFollower | TailFollower]:
    """Two over WebSockets, one over each of the others, and a `tertulia tail`."""
    nginx = site.nginx
    everybody: list[RawFollower | TailFollower] = [
        *(RawFollower(nginx, place.channel, place.cursor, encoding) for encoding in Encoding),
        SseFollower(nginx, place.channel, place.cursor),
        PollFollower(nginx, place.channel, place.cursor),
        TailFollower(nginx, place.channel, place.cursor, folder),
    ]
    for follower in everybody:
        stack.enter_context(follower)
    return everybody


def check_followers(site: Site, place: Place, followers: list[RawFollower | TailFollower]) -> None:
    head = read_cursor(site.nginx, place.thread_id, site.people.ignacio)
    for follower in followers:
        follower.wait_for(head.seq)
        assert follower.seqs == list(range(place.cursor.seq + 1, head.seq + 1))
        assert follower.texts == TEXTS
        if isinstance(follower, RawFollower):
            assert follower.faults == []


def test_pages_and_signing_in(site: Site) -> None:
    url = site.nginx.url
    status, headers, body = ask(f"{url}/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', body)
    assert style is not None
    assert ask(url + style[1])[0] == 200

    _, headers, body = ask(f"{url}/sign-in")
    own = headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', body)
    assert token is not None
    form = {"name": site.people.marisol.name, "password": PASSWORD, "next": "/", "form_token": token[1]}
    assert ask(f"{url}/sign-in", form, Origin="https://elsewhere.example", Cookie=own)[0] == 403
    status, headers, _ = ask(f"{url}/sign-in", form, Origin=url, Cookie=own)
    assert (status, headers["Location"]) == (303, "/")
    cookie = headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}

    status, _, body = ask(f"{url}/", Cookie=cookie.partition(";")[0])
    assert (status, "Marisol" in body) == (200, True)

    sign_in = cookie.partition(";")[0]
    assert ask(f"{url}/account", Cookie=sign_in, Accept_Encoding="gzip")[1]["Content-Encoding"] is None


def test_plain_http_leads_to_tls(site: Site) -> None:
    status, headers, _ = ask(f"{site.nginx.plain_url}/threads/1?page=2")
    assert (status, headers["Location"]) == (301, f"{site.nginx.url}/threads/1?page=2")


def test_http_2_is_offered(site: Site) -> None:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    place = urlsplit(site.nginx.url)
    with (
        socket.create_connection((NAME, place.port or 443), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname=NAME) as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"


def test_visitor_cannot_invent_an_address(site: Site) -> None:
    """The figures are for one address. Another one, which names that in a header, is taken for what it is."""
    place = urlsplit(site.nginx.url)
    for source, status in ((NAME, 200), ("127.0.0.2", 403)):
        context = ssl.create_default_context()
        connection = HTTPSConnection(NAME, place.port, source_address=(source, 0), context=context, timeout=10)
        with closing(connection):
            connection.request("GET", "/metrics", headers={"X-Forwarded-For": NAME})
            assert connection.getresponse().status == status


def test_post_of_one_server_is_pushed_by_both_over_every_transport(site: Site, tmp_path: Path) -> None:
    place = open_thread(site.nginx, site.people)
    with ExitStack() as stack:
        followers = followers_of(site, place, stack, tmp_path)
        writer = Writer(site.servers, place, site.people.ignacio, TEXTS)
        writer.start()
        writer.finish()
        check_followers(site, place, followers)
        sse = next(follower for follower in followers if type(follower) is SseFollower)
        assert sse.connection_count == 1
        assert {live_count(server) > 0 for server in site.servers} == {True}


def live_count(server: TertuliaServer) -> float:
    found_count = re.search(r"^tertulia_connections\{.*\} (\S+)$", ask(f"{server.url}/metrics")[2], re.MULTILINE)
    assert found_count is not None
    return float(found_count[1])


def test_server_killed_behind_nginx_and_nginx_reloaded(site: Site, tmp_path: Path) -> None:
    """Posts go through nginx as well: nobody knows which server takes them, and both are killed once."""
    place = open_thread(site.nginx, site.people)
    with ExitStack() as stack:
        followers = followers_of(site, place, stack, tmp_path)
        writer = Writer([site.nginx], place, site.people.ignacio, TEXTS)
        writer.start()
        for acknowledged, server in zip((10, 25), site.servers, strict=True):
            writer.wait_for(acknowledged)
            server.kill()
            writer.wait_for(acknowledged + 5)
            server.start()
        writer.wait_for(40)
        site.nginx.reload()
        writer.finish()
        check_followers(site, place, followers)
    assert sum(follower.connection_count for follower in followers if type(follower) is RawFollower) >= 3


def test_reader_comes_through_a_draining_server_to_the_other(site: Site) -> None:
    place = open_thread(site.nginx, site.people)
    with RawFollower(site.nginx, place.channel, place.cursor, Encoding.MSGPACK) as follower:
        for server in site.servers:
            server.signal(signal.SIGTERM)
            server.process.wait(30)
            writer = Writer([site.nginx], place, site.people.ignacio, ["still here"])
            writer.start()
            writer.finish()
            follower.wait_for(read_cursor(site.nginx, place.thread_id, site.people.ignacio).seq)
            server.start()
    assert follower.faults == []
    assert follower.texts == ["still here"] * 2


def test_answer_names_the_server_when_none_is_there(site: Site) -> None:
    """What a client makes of it: a status that may be tried again, and not a page that looks like ours."""
    for server in site.servers:
        server.kill()
    status, _, body = ask(f"{site.nginx.url}/api/threads/1/posts")
    assert status == 502
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
