from __future__ import annotations

import hiredis
import pytest

from tertulia_server.broker.listener import Listener
from tertulia_server.broker.names import Names, plain_names, sharded_names
from tests.server.broker.peer import RecordingLine

PROBE = b"probe-name"


class Scene:
    """A listener, its line, and what it says to its owner."""

    def __init__(self, names: Names | None = None) -> None:
        self.names = names or plain_names(0)
        self.line = RecordingLine()
        self.parcels: list[bytes] = []
        self.probes: list[bytes] = []
        self.confirmed_count = 0
        self.refusals: list[str] = []
        self.listener = Listener(
            self.names, PROBE, self.parcels.append, self.probes.append, self._confirm, self.refusals.append
        )

    def _confirm(self) -> None:
        self.confirmed_count += 1

    def confirm(self, kind: bytes, *names: bytes) -> None:
        for name in names:
            self.listener.take_reply([kind, name, 1])

    def commands(self) -> list[list[bytes]]:
        parser = hiredis.Reader()
        parser.feed(b"".join(self.line.written))
        found = []
        while (command := parser.gets()) is not False:
            found.append(command)
        return found


async def test_one_command_for_all_and_settled_when_all_is_confirmed() -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1, 2])
    assert scene.commands() == [[b"SUBSCRIBE", PROBE, b"tertulia:0:1", b"tertulia:0:2"]]
    scene.confirm(b"subscribe", PROBE, b"tertulia:0:1")
    assert (scene.listener.is_settled, scene.confirmed_count) == (False, 0)
    scene.confirm(b"subscribe", b"tertulia:0:2")
    assert (scene.listener.is_settled, scene.confirmed_count) == (True, 1)
    assert scene.listener.unconfirmed_s == 0


async def test_in_a_cluster_each_name_is_a_command() -> None:
    scene = Scene(sharded_names())
    scene.listener.use(scene.line, [1])
    assert [command[0] for command in scene.commands()] == [b"SSUBSCRIBE", b"SSUBSCRIBE"]
    assert len(scene.line.written) == 1
    scene.confirm(b"ssubscribe", PROBE, scene.names.partitions[1])
    scene.listener.take_reply([b"smessage", scene.names.partitions[1], b"parcel"])
    assert (scene.confirmed_count, scene.parcels) == (1, [b"parcel"])


async def test_leaving_is_no_gap() -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1])
    scene.confirm(b"subscribe", PROBE, b"tertulia:0:1")
    scene.listener.unsubscribe([1])
    scene.listener.unsubscribe([])
    assert scene.commands()[1:] == [[b"UNSUBSCRIBE", b"tertulia:0:1"]]
    scene.confirm(b"unsubscribe", b"tertulia:0:1")
    assert (scene.confirmed_count, scene.listener.is_settled, scene.refusals) == (1, True, [])


async def test_parcels_and_probes_are_told_apart() -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1])
    scene.listener.take_reply([b"message", b"tertulia:0:1", b"parcel"])
    scene.listener.take_reply([b"message", PROBE, b"7"])
    assert (scene.parcels, scene.probes) == ([b"parcel"], [b"7"])


@pytest.mark.parametrize(
    ("kind", "name"),
    [(b"sunsubscribe", b"tertulia:0:1"), (b"unsubscribe", PROBE), (b"subscribe", b"tertulia:0:9")],
)
async def test_change_that_nobody_asked_for_is_told(kind: bytes, name: bytes) -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1])
    scene.confirm(b"subscribe", PROBE, b"tertulia:0:1")
    scene.confirm(kind, name)
    assert scene.refusals == ["Redis ended a subscription by itself"]


async def test_refusal_is_told() -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1])
    scene.listener.take_reply(hiredis.ReplyError("NOPERM no"))
    assert scene.refusals == ["Redis refuses SUBSCRIBE: NOPERM no"]


async def test_time_without_confirmation_is_known() -> None:
    scene = Scene()
    scene.listener.use(scene.line, [1])
    scene.listener._asked_s -= 5
    assert scene.listener.unconfirmed_s >= 5


async def test_without_a_line_nothing_is_asked() -> None:
    scene = Scene()
    scene.listener.subscribe([1])
    assert scene.listener.is_settled
    scene.listener.use(scene.line, [])
    scene.listener.leave()
    scene.listener.unsubscribe([1])
    assert not scene.listener.has_line
    assert scene.commands() == [[b"SUBSCRIBE", PROBE]]
