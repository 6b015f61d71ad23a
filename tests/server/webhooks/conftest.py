from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.actions.conftest import actions, heard, store, thread_id, town
from tests.server.webhooks.receiver import Receiver, receiving

__all__ = ["actions", "heard", "receiver", "store", "thread_id", "town"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
