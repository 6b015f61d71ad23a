from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from tertulia_server.live import board as module
from tertulia_server.live.board import MAX_AGE_S, Board, file_of
from tertulia_server.metrics import Snapshot

LIMIT_S = 10.0


def told(value: float) -> Snapshot:
    return {"tertulia_connections": [((), value)]}


def test_board_without_a_folder_knows_itself_alone() -> None:
    board = Board(1, None, lambda: told(7))
    board.start()
    assert board.read() == {1: told(7)}


async def test_workers_see_each_other(tmp_path: Path) -> None:
    boards = [Board(number, tmp_path, lambda number=number: told(number)) for number in (1, 2)]  # type: ignore[misc]
    for board in boards:
        board.start()
    async with asyncio.timeout(LIMIT_S):
        while not all(file_of(tmp_path, number).exists() for number in (1, 2)):  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.01)
    assert boards[0].read() == {1: told(1), 2: {"tertulia_connections": [[[], 2]]}}
    for board in boards:
        await board.close()


async def test_worker_that_hangs_is_left_out(tmp_path: Path) -> None:
    file_of(tmp_path, 2).write_text("{}")
    board = Board(1, tmp_path, lambda: told(1))
    assert set(board.read()) == {1, 2}
    long_ago = time.time() - MAX_AGE_S - 1
    os.utime(file_of(tmp_path, 2), (long_ago, long_ago))
    assert set(board.read()) == {1}


async def test_folder_that_is_gone_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL_S", 0.01)
    taken = asyncio.Event()
    count = 0

    def snapshot() -> Snapshot:
        nonlocal count
        count += 1
        if count >= 3:
            taken.set()
        return told(1)

    board = Board(1, tmp_path / "gone", snapshot)
    board.start()
    async with asyncio.timeout(LIMIT_S):
        await taken.wait()
    assert board.read() == {1: told(1)}
    await board.close()
