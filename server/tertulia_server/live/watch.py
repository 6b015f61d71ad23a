"""What a worker knows about itself, put together: is it ready, how late is its loop, and all its figures."""

from __future__ import annotations

import time
from pathlib import Path

from tertulia_server.live.board import Board
from tertulia_server.live.figures import Sources, take_snapshot
from tertulia_server.live.live import Live
from tertulia_server.live.loop_lag import LoopLag
from tertulia_server.live.readiness import Readiness
from tertulia_server.store.metered import MeteredStore
from tertulia_server.webhooks.figures import WebhookFigures


class Watch:
    """One per worker; works between `start` and `close`. ``board_folder`` is shared with the other workers."""

    def __init__(
        self,
        live: Live,
        store: MeteredStore,
        *,
        worker_number: int = 1,
        board_folder: Path | None = None,
        webhooks: WebhookFigures | None = None,
    ) -> None:
        self.readiness = Readiness(live, store)
        self._loop_lag = LoopLag()
        sources = Sources(live, store, self.readiness, self._loop_lag, time.time(), webhooks or WebhookFigures())
        self.board = Board(worker_number, board_folder, lambda: take_snapshot(sources))

    def start(self) -> None:
        self._loop_lag.start()
        self.board.start()

    async def close(self) -> None:
        await self.board.close()
        await self._loop_lag.close()
        await self.readiness.close()
