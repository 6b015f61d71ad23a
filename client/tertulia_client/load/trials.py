"""Trials of a server: forums for measurements with members of their own, which go away with all that is in them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from tertulia_client.address import ServerAddress
from tertulia_client.errors import ApiError, ClientError, NotTertulia
from tertulia_client.transport import Transport
from tertulia_wire.codes import Code

LASTS_S: Final = 120
"""A run says again and again that it lives: what a run that was killed leaves is over soon, and so are its tokens."""

EXTEND_S: Final = 30.0
REMOVE_LIMIT_S: Final = 120.0
TRY_AGAIN_S: Final = 3.0
"""A server that is not there is told soon."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``is_over``: whoever made it has not been heard of for a while."""

    forum_id: int
    name: str
    is_over: bool


class Trials:
    """``async with Trials(address, token) as trials``: with a token of an administrator, or that of the server."""

    def __init__(self, address: ServerAddress, token: str) -> None:
        self._transport = Transport(address, token, deadline_s=TRY_AGAIN_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.close()

    async def read(self) -> Sequence[Trial] | None:
        """All that there are, oldest first; None if this token may not ask, or the server knows of none."""
        try:
            answer = await self._request("GET", "/api/trials")
        except ApiError as error:
            if error.code in (Code.FORBIDDEN, Code.NOT_FOUND):
                return None
            raise
        return [Trial(one["forum"], one["name"], one["is_over"]) for one in answer["trials"]]

    async def create(self, name: str, members: int, audience: str) -> tuple[int, list[str]]:
        """A forum, and the tokens of its bots. `ClientError` when it is refused."""
        body = {"name": name, "members": members, "audience": audience, "lasts_s": LASTS_S}
        answer = await self._request("POST", "/api/trials", body)
        return answer["forum"], [member["token"] for member in answer["members"]]

    async def keep(self, forum_id: int) -> None:
        """Extend it until cancelled. A server that does not answer for a while is asked again."""
        while True:
            await asyncio.sleep(EXTEND_S)
            try:
                await self._request("PATCH", f"/api/trials/{forum_id}", {"lasts_s": LASTS_S})
            except ClientError:
                continue

    async def remove(self, forum_id: int) -> None:
        """Until nothing is left of it. `ClientError` when that is refused, or takes too long."""
        try:
            async with asyncio.timeout(REMOVE_LIMIT_S):
                while not (await self._request("DELETE", f"/api/trials/{forum_id}"))["is_done"]:
                    pass
        except TimeoutError:
            raise ClientError(f"it was not done after {REMOVE_LIMIT_S:g} s") from None

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        _, answer = await self._transport.request(method, path, body=body)
        if not isinstance(answer, dict):
            raise NotTertulia("The server's answer about trials cannot be read: is it of this release?")
        return cast("Mapping[str, Any]", answer)
