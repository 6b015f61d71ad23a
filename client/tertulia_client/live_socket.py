"""Opening and ending one WebSocket to a server, and what its refusals mean."""

from __future__ import annotations

import json
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.http11 import Response
from websockets.typing import Subprotocol

from tertulia_client.address import ServerAddress
from tertulia_client.errors import FollowRefused, NotTertulia, ServerUnreachable, sentence_of
from tertulia_client.reasons import why_unconnected
from tertulia_wire.codec import Encoding
from tertulia_wire.codes import Action, Code, action_of
from tertulia_wire.limits import MAX_SERVER_MESSAGE_BYTES
from tertulia_wire.version import PROTOCOL_VERSION, __version__

OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 2.0
USER_AGENT: Final = f"tertulia/{__version__} (protocol {PROTOCOL_VERSION})"

_STATUS_CODES: Final = {
    400: Code.PROTOCOL_UNSUPPORTED,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    429: Code.RATE_LIMITED,
    503: Code.OVERLOADED,
}


_FORBIDDEN_BY_OTHERS: Final = (
    "There is no way in at this address (status 403), and it was not Tertulia that said so: is the address right?"
    " It has nothing behind the host name, unless the forum lies in a folder of its site."
)


class ConnectionInterrupted(Exception):
    """No connection now; trying again may help, after ``retry_after_ms`` if the server said so."""

    def __init__(self, reason: str, retry_after_ms: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_ms = retry_after_ms

    def as_error(self) -> ServerUnreachable:
        """The same for those who do not want to wait."""
        return ServerUnreachable(f"{self.reason[0].upper()}{self.reason[1:]}.")


async def open_socket(address: ServerAddress, token: str | None, encoding: Encoding) -> ClientConnection:
    """Connect to the live socket.

    `ConnectionInterrupted` when it may work later; `FollowRefused` or `NotTertulia` when it will not.
    """
    try:
        socket = await connect(
            address.live_url,
            subprotocols=[Subprotocol(encoding.value)],
            compression=None,
            additional_headers={"Authorization": f"Bearer {token}"} if token else None,
            user_agent_header=USER_AGENT,
            proxy=None if address.is_loopback else True,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,  # the protocol has a heartbeat of its own
            max_size=MAX_SERVER_MESSAGE_BYTES,
        )
    except InvalidStatus as error:
        raise _refusal(address, error.response) from None
    except (OSError, TimeoutError, EOFError) as error:
        raise ConnectionInterrupted(f"no connection to {address.origin}: {why_unconnected(error)}") from None
    except (InvalidHandshake, NegotiationError) as error:
        raise _unclear(address, error) from None
    except (InvalidURI, ValueError) as error:
        raise NotTertulia(f"{address.origin} cannot be connected to: {error}") from None
    if socket.subprotocol != encoding.value:
        await socket.close()
        raise NotTertulia(
            f"{address.origin} does not speak version {PROTOCOL_VERSION} of the Tertulia protocol. If a newer Tertulia"
            f" runs there: pip install --upgrade tertulia (this is {__version__})."
        )
    return socket


def why_closed(closed: ConnectionClosed) -> ConnectionInterrupted:
    """What the end of a connection means; raises `FollowRefused` when its close code says to give up."""
    frame = closed.rcvd
    if frame is None:
        return ConnectionInterrupted("the connection broke")
    if action_of(frame.code) in (Action.GIVE_UP, Action.CORRECT):
        raise FollowRefused(frame.code, frame.reason or sentence_of(frame.code))
    words = f"{frame.code} {frame.reason}".strip()
    return ConnectionInterrupted(f"the server closed the connection ({words})")


def _unclear(address: ServerAddress, error: Exception) -> Exception:
    """A handshake without a proper answer: broken in the middle (try again), or answered by something else."""
    if isinstance(error.__cause__, EOFError | OSError):
        return ConnectionInterrupted(f"no connection to {address.origin}: it was cut off")
    return NotTertulia(f"What answers at {address.origin} is no Tertulia server.")


def _refusal(address: ServerAddress, response: Response) -> Exception:
    number, sentence, retry_after_ms = _problem_of(response)
    if action_of(number) in (Action.RETRY, Action.RESUBSCRIBE):
        return ConnectionInterrupted(sentence.rstrip("."), retry_after_ms)
    if response.status_code in (404, 405, 426) or response.status_code < 400:
        return NotTertulia(f"There is no Tertulia server at {address.origin} (status {response.status_code}).")
    return FollowRefused(number, sentence)


def _problem_of(response: Response) -> tuple[int, str, int | None]:
    """Code, sentence and waiting time of a refused handshake: from its problem document, or else from its status."""
    try:
        problem = json.loads(response.body or b"")
    except ValueError:
        problem = None
    if isinstance(problem, dict) and type(problem.get("code")) is int:
        retry_after_ms = problem.get("retry_after_ms")
        detail = str(problem.get("detail") or problem.get("title") or sentence_of(problem["code"]))
        return problem["code"], detail, retry_after_ms if type(retry_after_ms) is int else None
    status = response.status_code
    code = Code.INTERNAL if status >= 500 else Code.INVALID
    code = _STATUS_CODES.get(status, code)
    seconds = response.headers.get("Retry-After", "")
    sentence = code.sentence if code is not Code.FORBIDDEN else _FORBIDDEN_BY_OTHERS
    return int(code), sentence, int(seconds) * 1000 if seconds.isdecimal() else None
