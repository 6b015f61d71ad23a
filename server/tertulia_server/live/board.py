"""Where the workers of one server leave their figures for each other, so that a scrape at any of them sees all.

Each worker writes a file of its own once a second; whoever is scraped reads the files of the others. The folder is the
supervisor's, who also removes the file of a worker that ended.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog

from tertulia_server.metrics import Snapshot

INTERVAL_S: Final = 1.0

MAX_AGE_S: Final = 10.0
"""What a worker wrote longer ago is left out: it hangs, or is gone."""

log = structlog.get_logger()


def file_of(folder: Path, number: int) -> Path:
    """Where the worker with this number writes."""
    return folder / f"worker-{number}.json"


class Board:
    """One per worker; without a folder it stands alone. ``number`` is the worker's, from 1."""

    def __init__(self, number: int, folder: Path | None, snapshot: Callable[[], Snapshot]) -> None:
        self._number = number
        self._folder = folder
        self._snapshot = snapshot
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._folder is not None:
            self._task = asyncio.create_task(self._run(self._folder))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def read(self) -> Mapping[int, Snapshot]:
        """By number: our own figures as they are now, those of the others as they last wrote them."""
        snapshots = {self._number: self._snapshot()}
        oldest_s = time.time() - MAX_AGE_S
        for path in self._folder.glob("worker-*.json") if self._folder is not None else ():
            number = int(path.stem.removeprefix("worker-"))
            if number == self._number:
                continue
            try:
                if path.stat().st_mtime >= oldest_s:
                    snapshots[number] = json.loads(path.read_bytes())
            except OSError:  # it ended just now
                continue
        return snapshots

    async def _run(self, folder: Path) -> None:
        while True:
            try:
                self._write(folder)
            except OSError as error:
                log.warning("figures_not_written", error=str(error))
            await asyncio.sleep(INTERVAL_S)

    def _write(self, folder: Path) -> None:
        """Some kilobytes on a local disk, without a sync; complete or not at all."""
        path = file_of(folder, self._number)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self._snapshot()), encoding="utf-8")
        draft.replace(path)
