"""A test kit for bots and clients: a server in the test's own process, dialogs, faults, and time that jumps.

    async with FakeServer() as server, talking_with(bot, server) as dialog:
        await dialog.says("!weather Lima").expects("Lima: fog")

The server speaks the real protocol over real sockets; only its forum is made up.
"""

from tertulia_client.loading import load_bot
from tertulia_client.testing.dialog import Dialog, DialogError, talking_with
from tertulia_client.testing.faults import Faults
from tertulia_client.testing.lives import Lives
from tertulia_client.testing.samples import ANA, BOT, card, post_data, thread_data
from tertulia_client.testing.server import FakeServer
from tertulia_client.testing.virtual_time import VirtualTimeLoop, run_in_virtual_time

__all__ = [
    "ANA",
    "BOT",
    "Dialog",
    "DialogError",
    "FakeServer",
    "Faults",
    "Lives",
    "VirtualTimeLoop",
    "card",
    "load_bot",
    "post_data",
    "run_in_virtual_time",
    "talking_with",
    "thread_data",
]
