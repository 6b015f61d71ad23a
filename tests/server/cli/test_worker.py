"""What a worker is started with, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import httpx2 as httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tertulia_server.app import create_app
from tertulia_server.cli.worker import WorkerServer, uvicorn_config
from tertulia_server.live.live import Live
from tertulia_server.settings import Settings
from tertulia_wire.codec import Encoding, decode_server_message
from tertulia_wire.codes import Code
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES
from tertulia_wire.messages import Drain, Error, Hello, ServerMessage

LIMIT_S = 15.0


def test_frames_are_never_compressed_per_socket() -> None:
    config = uvicorn_config(create_app(Settings()), Settings())
    assert config.ws_per_message_deflate is False
    assert config.ws_max_size == MAX_CLIENT_MESSAGE_BYTES


def test_dead_peer_is_noticed_after_the_ping_timeout() -> None:
    settings = Settings(ping_timeout_s=7)
    assert uvicorn_config(create_app(settings), settings).ws_ping_timeout == 7


def test_proxy_headers_are_left_to_us() -> None:
    config = uvicorn_config(create_app(Settings()), Settings())
    assert not config.proxy_headers
    assert not config.access_log


class Running:
    """A worker in this test's own loop. Its signals are called, not sent."""

    def __init__(self, server: WorkerServer, task: asyncio.Task[None], port: int) -> None:
        self.server = server
        self.task = task
        self.port = port

    @property
    def live(self) -> Live:
        return cast("Live", self.server._app.state.live)

    def follow(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/live", subprotocols=[Encoding.JSON.value])  # type: ignore[list-item]

    async def status(self) -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/readyz")).status_code


async def hear(connection: ClientConnection) -> ServerMessage:
    return decode_server_message(await connection.recv(), Encoding.JSON)


@asynccontextmanager
async def running(folder: Path, *, beat_fd: int | None = None, drain_ms: int = 60_000) -> AsyncIterator[Running]:
    settings = Settings(database=f"sqlite:///{folder}/forum.db", drain_ms=drain_ms)
    server = WorkerServer(create_app(settings), settings, beat_fd=beat_fd)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        task = asyncio.create_task(server._serve([listener]))
        async with asyncio.timeout(LIMIT_S):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
            while server._loop is None:  # noqa: ASYNC110 - nor for its main loop
                await asyncio.sleep(0.005)
            yield Running(server, task, port)
            server.should_exit = True
            await task


async def test_worker_that_is_told_to_stop_drains_first(tmp_path: Path) -> None:
    async with running(tmp_path) as worker:
        assert await worker.status() == 200
        async with worker.follow() as reader:
            assert isinstance(await hear(reader), Hello)
            worker.server.handle_exit(signal.SIGTERM, None)
            assert isinstance(await hear(reader), Drain)
            assert await worker.status() == 503
            async with worker.follow() as late:
                refusal = await hear(late)
                assert isinstance(refusal, Error)
                assert refusal.code == Code.DRAINING
                assert refusal.retry_after_ms == 60_000
                await late.wait_closed()
                assert late.close_code == Code.DRAINING
            worker.server.handle_exit(signal.SIGTERM, None)  # told twice is told once
            await reader.ping()
            assert not worker.server.should_exit
        await worker.task  # the last reader left
        assert worker.live.draining.cut_count == 0


async def test_second_interrupt_does_not_wait_for_readers(tmp_path: Path) -> None:
    async with running(tmp_path) as worker, worker.follow() as reader:
        await hear(reader)
        worker.server.handle_exit(signal.SIGINT, None)
        assert isinstance(await hear(reader), Drain)
        worker.server.handle_exit(signal.SIGINT, None)
        await worker.task
        await reader.wait_closed()


async def test_worker_that_retires_accepts_nobody_and_serves_who_is_there(tmp_path: Path) -> None:
    async with running(tmp_path) as worker:
        async with worker.follow() as reader:
            await hear(reader)
            worker.server.retire()
            assert isinstance(await hear(reader), Drain)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", worker.port)
            await (await reader.ping())
        await worker.task


async def test_reader_who_stays_is_closed_when_the_time_is_over(tmp_path: Path) -> None:
    async with running(tmp_path, drain_ms=0) as worker, worker.follow() as reader:
        await hear(reader)
        worker.server.handle_exit(signal.SIGTERM, None)
        assert isinstance(await hear(reader), Drain)
        await reader.wait_closed()
        assert reader.close_code == Code.DRAINING
        await worker.task
        assert worker.live.draining.cut_count == 1


async def test_worker_without_a_supervisor_drains_and_ends(tmp_path: Path) -> None:
    beats, beat_fd = os.pipe()
    async with running(tmp_path, beat_fd=beat_fd) as worker:
        assert await asyncio.to_thread(os.read, beats, 1) == b"."
        os.close(beats)
        await worker.task
    os.close(beat_fd)


async def test_full_pipe_of_a_supervisor_that_sleeps_hurts_nobody(tmp_path: Path) -> None:
    beats, beat_fd = os.pipe()
    os.set_blocking(beat_fd, False)
    server = WorkerServer(create_app(Settings()), Settings(), beat_fd=beat_fd)
    with suppress(BlockingIOError):
        while True:
            os.write(beat_fd, b"." * 65536)
    server._beat(beat_fd)
    os.close(beats)
    os.close(beat_fd)


async def test_signal_before_it_serves_ends_it_without_a_drain() -> None:
    server = WorkerServer(create_app(Settings()), Settings())
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit
    other = WorkerServer(create_app(Settings()), Settings())
    other.retire()
    assert other.should_exit
