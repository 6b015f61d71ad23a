from __future__ import annotations

import asyncio
import contextlib
import os
import re
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from programs import OPENSSL
from tertulia_client.address import parse_address
from tertulia_client.errors import ClientError
from tertulia_client.load.agents import sealed_line
from tertulia_client.load.agents.agent import Agent
from tertulia_client.load.agents.encryption import IN_THE_OPEN, calling_context, listening_context, refusal_of
from tertulia_client.load.agents.remote import Remote
from tertulia_client.load.agents.secret import VARIABLE, parse_places
from tertulia_client.load.request import perform
from tertulia_client.testing import FakeServer
from tests.client.load.test_request import REQUEST
from tests.needs import need
from tests.processes import RunningProcess
from tests.redis_servers import Certificates

SECRET = "0123456789abcdef"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(need(OPENSSL), tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def agent(tmp_path: Path, certificates: Certificates) -> Iterator[RunningProcess]:
    """A process of its own, which speaks TLS."""
    words = ["--certificate", str(certificates.file), "--key", str(certificates.key_file)]
    command = [sys.executable, "-m", "tertulia_client", "load", "agent", *words]
    running = RunningProcess(command, tmp_path / "agent.log", {**os.environ, VARIABLE: SECRET})
    with contextlib.closing(running):
        running.start()
        running.wait_until(lambda: "listens on" in running.output(), "listening")
        yield running


async def test_run_with_an_agent_that_is_called_by_tls(agent: RunningProcess, certificates: Certificates) -> None:
    [place] = re.findall(r"listens on (\S+)", agent.output())
    secret = SECRET.encode()
    async with asyncio.timeout(60), FakeServer() as server:
        request = replace(REQUEST, address=parse_address(server.url), agents=parse_places(place, secret), processes=0)
        request = replace(request, secret=secret, agents_tls=calling_context(certificates.ca_file))
        for _ in range(2):  # it stays for the next one
            report = await perform(request, lambda _: None)
            assert (report.balance.received, report.is_clean) == (4 * 4, True)
    assert agent.stop() == 0
    assert agent.output().count("is over") == 2
    assert "Traceback" not in agent.output()


async def test_line_is_not_believed_without_the_authority_and_not_taken_without_tls(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = listening_context(certificates.file, certificates.key_file)
    trusting = calling_context(certificates.ca_file)
    strange = ssl.create_default_context()
    async with asyncio.timeout(30), Agent(b"", "127.0.0.1", 0, lambda _: None, tls=tls) as agent:
        place = parse_address(agent.place)
        with pytest.raises(ClientError, match=r"cannot be reached: its certificate is not believed"):
            await Remote.call(place, b"", strange)
        with monkeypatch.context() as short:
            short.setattr(sealed_line, "GREETING_LIMIT_S", 0.2)
            with pytest.raises(ClientError, match="or one of the two is without TLS"):
                await Remote.call(place, b"")
        member = await Remote.call(place, b"", trusting)
        await member.close(is_orderly=True)
    async with asyncio.timeout(30), Agent(b"", "127.0.0.1", 0, lambda _: None) as agent:
        with pytest.raises(ClientError, match=r"does not speak TLS with us .*--certificate"):
            await Remote.call(parse_address(agent.place), b"", trusting)


def test_agent_in_the_open_says_so(certificates: Certificates) -> None:
    said: list[str] = []
    Agent(SECRET.encode(), "127.0.0.1", 0, said.append)
    tls = listening_context(certificates.file, certificates.key_file)
    Agent(SECRET.encode(), "0.0.0.0", 0, said.append, tls=tls)
    assert said == []
    Agent(SECRET.encode(), "0.0.0.0", 0, said.append)
    assert said == [IN_THE_OPEN]


def test_files_that_are_none_of_the_kind_are_refused(certificates: Certificates, tmp_path: Path) -> None:
    assert listening_context(None, None) is None
    assert calling_context(None) is None
    letter = tmp_path / "letter"
    letter.write_text("Dear Sir or Madam")
    with pytest.raises(ClientError, match="--key goes with --certificate"):
        listening_context(None, certificates.key_file)
    with pytest.raises(ClientError, match=r"letter cannot be used as certificate and key"):
        listening_context(letter, None)
    with pytest.raises(ClientError, match=r"do not belong together"):
        listening_context(certificates.ca_file, certificates.key_file)
    with pytest.raises(ClientError, match="No such file"):
        listening_context(tmp_path / "none", None)
    with pytest.raises(ClientError, match=r"letter cannot be used for --ca"):
        calling_context(letter)
    with pytest.raises(ClientError, match="No such file"):
        calling_context(tmp_path / "none")


def test_other_refusals_are_said_as_they_are() -> None:
    assert refusal_of(OSError("it is gone")) == "it is gone"
    assert refusal_of(TimeoutError()) == "no answer"
