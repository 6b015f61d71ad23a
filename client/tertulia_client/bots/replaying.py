"""Dead letters handed to the handlers once more, without a connection for events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tertulia_client.api import Api
from tertulia_client.bots.answers import Answers
from tertulia_client.bots.calls import Switchboard
from tertulia_client.bots.collection import Middleware
from tertulia_client.bots.dead_letters import DeadLetter
from tertulia_client.bots.health import Figures
from tertulia_client.bots.options import Options
from tertulia_client.bots.work import Work
from tertulia_client.events import Event


async def replay_letters(
    options: Options,
    letters: Sequence[DeadLetter],
    connect: Callable[[Api], tuple[Switchboard, list[Middleware]]],
) -> list[DeadLetter]:
    """Handle each letter by the handler that failed, under the keys of its first try; those that fail again."""
    async with Api(options.address, token=options.token) as api:
        name = options.name or str(await _read_member_id(api))
        switchboard, middlewares = connect(api)

        def answers(title: str, event: Event) -> Answers:
            return Answers(api, bot=name, handler=title, event=event)

        with ThreadPoolExecutor(1) as executor:
            work = Work(
                middlewares=lambda: middlewares,
                answers=answers,
                executor=executor,
                figures=Figures(),
                retry=options.retry,
            )
            return [letter for letter in letters if not await _handle(work, switchboard, letter)]


async def _read_member_id(api: Api) -> int | None:
    member = (await api.read_me()).get("member")
    return member["id"] if member else None


async def _handle(work: Work, switchboard: Switchboard, letter: DeadLetter) -> bool:
    event: Any = letter.as_event()
    calls = [call for call in switchboard.calls(event) if call.title == letter.handler]
    return bool(calls) and await work.handle(event, calls)
