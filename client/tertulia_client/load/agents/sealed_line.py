"""A line between a coordinator and an agent on which nobody else can speak: each message carries a seal (HMAC).

Both show first that they know the secret, by its HMAC over numbers that the other has chosen just now; the secret
itself is never said. The seals have a key of this line and direction, and count: what was left out, said again or
changed on the way ends the line. What is said can be read on the way, unless the line is one of TLS.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any, Final

from tertulia_client.errors import ClientError
from tertulia_wire.version import __version__

GREETING: Final = "tertulia-load-agent/1"
GREETING_LIMIT_S: Final = 10.0
MAX_GREETING_BYTES: Final = 512
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
NONCE_BYTES: Final = 32
SEAL_BYTES: Final = hashlib.sha256().digest_size
SILENCE_S: Final = 5
"""After which the system asks whether the other machine is still there, `PROBES` times at this distance."""

PROBES: Final = 3

_HEAD: Final = struct.Struct(f"!I{SEAL_BYTES}s")
_COUNT: Final = struct.Struct("!Q")


class LineBroken(ClientError):
    """The other end is gone, or something on this line does not come from it."""


class SealedLine:
    """Messages are objects of JSON. Made by `greet` or `answer`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, speaks: bytes, hears: bytes
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._speaks = speaks
        self._hears = hears
        self._told = 0
        self._heard = 0

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send it when the line takes it; `drain` waits for that."""
        self._send(json.dumps(message).encode())

    def _send(self, body: bytes) -> None:
        seal = _seal(self._speaks, self._told, body)
        self._told += 1
        self._writer.write(_HEAD.pack(len(body), seal) + body)

    async def drain(self) -> None:
        """Until the line has room. `LineBroken` when it is cut."""
        try:
            await self._writer.drain()
        except OSError as error:
            raise LineBroken(f"The line was cut ({error}).") from None

    async def hear(self) -> Mapping[str, Any] | None:
        """The next message, None when the other end says good-bye or the line ends.

        `LineBroken` when it was cut, or the seal is not right.
        """
        try:
            head = await self._reader.readexactly(_HEAD.size)
            length, seal = _HEAD.unpack(head)
            if length > MAX_MESSAGE_BYTES:
                raise LineBroken("What came is longer than any message.")
            body = await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise LineBroken("The line was cut within a message.") from None
            return None
        except OSError as error:
            raise LineBroken(f"The line was cut ({error}).") from None
        if not hmac.compare_digest(seal, _seal(self._hears, self._heard, body)):
            raise LineBroken("Something on the line does not come from the other end.")
        self._heard += 1
        if not body:
            return None
        message: Mapping[str, Any] = json.loads(body)
        return message

    async def close(self, limit_s: float = 0.0) -> None:
        """Say what is still to be said and wait so long until the other end closes, too; without a limit, break off."""
        try:
            if limit_s > 0:
                async with asyncio.timeout(limit_s):
                    await self._say_good_bye()
        except (OSError, TimeoutError):
            pass
        finally:
            self._writer.transport.abort()

    async def _say_good_bye(self) -> None:
        """A message with nothing in it: TLS cannot close one direction only, and would answer for the other end."""
        self._send(b"")
        while await self._reader.read(_HEAD.size):
            pass


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: bytes) -> SealedLine:
    """The agent's part: it believes first, and shows then. `ClientError` says who was turned away."""
    _keep_alive(writer)
    ours = secrets.token_hex(NONCE_BYTES)
    writer.write(f"{GREETING} {__version__} {ours}\n".encode())
    theirs, proof = await _words(reader, 2)
    said = _said(ours, theirs)
    if not _is_equal(proof, _proof(secret, "coordinator", said)):
        writer.write(b"no\n")
        raise ClientError("it does not know the secret")
    writer.write(f"{_proof(secret, 'agent', said)}\n".encode())
    return SealedLine(reader, writer, speaks=_key(secret, "agent", said), hears=_key(secret, "coordinator", said))


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: bytes) -> SealedLine:
    """The coordinator's part; `ClientError` says why it came to nothing."""
    _keep_alive(writer)
    greeting, version, theirs = await _words(reader, 3)
    if greeting != GREETING:
        raise ClientError("it is no agent of a load run")
    if version != __version__:
        raise ClientError(f"it is of version {version}, and this is {__version__}")
    ours = secrets.token_hex(NONCE_BYTES)
    said = _said(theirs, ours)
    writer.write(f"{ours} {_proof(secret, 'coordinator', said)}\n".encode())
    (proof,) = await _words(reader, 1)
    if proof == "no":
        raise ClientError("it has another secret, or this has none")
    if not _is_equal(proof, _proof(secret, "agent", said)):
        raise ClientError("it does not know the secret")
    return SealedLine(reader, writer, speaks=_key(secret, "coordinator", said), hears=_key(secret, "agent", said))


def _said(agents: str, coordinators: str) -> str:
    return f"{GREETING} {agents} {coordinators}"


def _proof(secret: bytes, role: str, said: str) -> str:
    """The role is in it, so that nobody is shown his own proof."""
    return hmac.new(secret, f"proof of {role}: {said}".encode(), hashlib.sha256).hexdigest()


def _key(secret: bytes, role: str, said: str) -> bytes:
    return hmac.new(secret, f"key of {role}: {said}".encode(), hashlib.sha256).digest()


def _seal(key: bytes, number: int, body: bytes) -> bytes:
    return hmac.new(key, _COUNT.pack(number) + body, hashlib.sha256).digest()


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


async def _words(reader: asyncio.StreamReader, count: int) -> list[str]:
    """A short line of so many words, soon."""
    line = bytearray()
    try:
        async with asyncio.timeout(GREETING_LIMIT_S):
            while not line.endswith(b"\n"):
                line += await reader.readexactly(1)
                if len(line) > MAX_GREETING_BYTES:
                    raise ClientError("it does not speak as we do")
    except TimeoutError:
        raise ClientError(f"it said nothing for {GREETING_LIMIT_S:g} s (or one of the two is without TLS)") from None
    except (OSError, asyncio.IncompleteReadError):
        raise ClientError("it ended the greeting") from None
    words = line.decode(errors="replace").split()
    if len(words) != count:
        raise ClientError("it does not speak as we do")
    return words


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """A machine without power says nothing: ask it."""
    line = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, SILENCE_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, SILENCE_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
