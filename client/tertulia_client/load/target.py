"""Where a load run goes: whose token it uses, and the thread that it posts in."""

from __future__ import annotations

from typing import Final

from tertulia_client.address import ServerAddress
from tertulia_client.api import Api
from tertulia_client.errors import ApiError, ClientError
from tertulia_wire.codes import Code
from tertulia_wire.local_token import is_private, local_token_path

MAX_TOKEN_CHARS: Final = 256


def find_token(address: ServerAddress, token: str | None) -> str:
    """The given token or, on loopback, the one that the server left for this user; `ClientError` if there is none."""
    if token:
        return token
    if address.is_loopback:
        path = local_token_path(address.port)
        try:
            if is_private(path.parent):
                return path.read_text(encoding="ascii")[:MAX_TOKEN_CHARS].strip()
        except (OSError, ValueError):
            pass
    raise ClientError(
        "A load run posts, and needs a token for that: --token or TERTULIA_TOKEN. (A server on this machine leaves one"
        " for its own user while it runs; none is there.)",
        Code.UNAUTHENTICATED,
    )


async def prepare_thread(api: Api, run: str) -> int:
    """A thread of the run's own, in the first forum where this member may begin one."""
    refused: ApiError | None = None
    for forum in await api.read_forums():
        try:
            receipt = await api.create_thread(forum["id"], f"Load run {run}", "Scripted readers follow this thread.")
        except ApiError as error:
            if error.code is not Code.FORBIDDEN:
                raise
            refused = error
        else:
            return receipt.thread["id"]
    raise refused or ClientError("The server has no forum: make one first, or import a thread.", Code.NOT_FOUND)
