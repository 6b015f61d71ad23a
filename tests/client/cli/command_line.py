"""The command line as a process of its own, beside a server in the test's loop."""

from __future__ import annotations

import asyncio
import sys


async def run_beside(arguments: list[str]) -> tuple[int, str]:
    """Exit status and what was printed, errors among it."""
    command = [sys.executable, "-m", "tertulia_client", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()
