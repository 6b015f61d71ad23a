"""Groups of real Redis servers for tests: with TLS, watched by Sentinels, or as a cluster."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from redis import Redis

from tests.processes import RedisServer, RunningProcess, free_port

LIMIT_S: Final = 30.0
SERVICE: Final = "forum"
SLOT_COUNT: Final = 16384
CLUSTER_FORM: Final = "redis+cluster://{hosts}"


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Poll the servers: they tell nobody by themselves."""
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline_s, f"no {what} within {LIMIT_S} s"
        time.sleep(0.02)


class Certificates:
    """An authority made for this test, and a certificate of its for 127.0.0.1, or for what is said."""

    def __init__(self, openssl: str, folder: Path, subject: str = "IP:127.0.0.1") -> None:
        self.ca_file = folder / "ca.pem"
        self.key_file = folder / "redis.key"
        self.file = folder / "redis.pem"
        extensions = folder / "extensions"
        extensions.write_text(f"subjectAltName={subject}\n", encoding="utf-8")
        ca_key, request = folder / "ca.key", folder / "redis.csr"
        key, until = ["-newkey", "rsa:2048", "-nodes"], ["-days", "2"]
        output: list[str | Path] = ["-extfile", extensions, "-out", self.file]
        for words in (
            [
                "req",
                "-x509",
                *key,
                "-keyout",
                ca_key,
                "-out",
                self.ca_file,
                *until,
                "-subj",
                "/CN=Test authority",
            ],
            ["req", *key, "-keyout", self.key_file, "-out", request, "-subj", "/CN=redis"],
            ["x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", ca_key, "-CAcreateserial", *until, *output],
        ):
            subprocess.run([openssl, *words], check=True, capture_output=True)


class TlsRedisServer(RedisServer):
    """Speaks TLS only."""

    def __init__(self, program: str, folder: Path, certificates: Certificates) -> None:
        self._ca_file = certificates.ca_file
        options = {
            "--tls-cert-file": certificates.file,
            "--tls-key-file": certificates.key_file,
            "--tls-ca-cert-file": certificates.ca_file,
            "--tls-auth-clients": "no",
        }
        super().__init__(program, folder, *(str(word) for option in options.items() for word in option))
        self.command[self.command.index("--port")] = "--tls-port"
        self.command[1:1] = ["--port", "0"]

    @property
    def url(self) -> str:
        return f"rediss://127.0.0.1:{self.port}/0?ca={self._ca_file}"

    def _answers(self) -> bool:
        return "Ready to accept connections" in self.output()


class Sentinel(RunningProcess):
    """Watches one master and takes half a second without an answer for its death."""

    def __init__(self, program: str, folder: Path, master_port: int, quorum: int) -> None:
        self.port = free_port()
        config = folder / f"sentinel-{self.port}.conf"
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor {SERVICE} 127.0.0.1 {master_port} {quorum}",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 3000",
        ]
        config.write_text("\n".join(lines), encoding="utf-8")
        super().__init__([program, str(config), "--sentinel"], folder / f"sentinel-{self.port}.log")

    def start(self) -> None:
        super().start()
        self.wait_until(lambda: self._client_says("PING") is not None, "an answer of Sentinel")

    def replica_count(self) -> int:
        return len(self._client_says("SENTINEL", "REPLICAS", SERVICE) or [])

    def peer_count(self) -> int:
        return len(self._client_says("SENTINEL", "SENTINELS", SERVICE) or [])

    def fail_over(self) -> None:
        self._client_says("SENTINEL", "FAILOVER", SERVICE)

    def _client_says(self, *words: str) -> Any:
        return say(self.port, *words)


class SentinelSet:
    """A master, a replica, and Sentinels that will promote it."""

    def __init__(self, program: str, folder: Path, sentinel_count: int) -> None:
        at_once = ["--repl-diskless-sync-delay", "0"]
        self.master = RedisServer(program, folder, *at_once)
        self.replica = RedisServer(program, folder, *at_once, "--replicaof", f"127.0.0.1 {self.master.port}")
        self._program = program
        self._folder = folder
        self._sentinel_count = sentinel_count
        self.sentinels: list[Sentinel] = []

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}/0"

    def start(self, stack: ExitStack) -> None:
        """Start, and return when a failover would work; ``stack`` ends all of them."""
        for server in (self.master, self.replica):
            stack.callback(server.close)
            server.start()
        wait_until(lambda: b"master_link_status:up" in say(self.replica.port, "INFO", "replication"), "replica in sync")
        self.sentinels = [self._start_sentinel(stack) for _ in range(self._sentinel_count)]
        others = len(self.sentinels) - 1
        wait_until(lambda: all(sentinel.replica_count() == 1 for sentinel in self.sentinels), "replica known to all")
        wait_until(
            lambda: all(sentinel.peer_count() == others for sentinel in self.sentinels), "Sentinels known to all"
        )

    def _start_sentinel(self, stack: ExitStack) -> Sentinel:
        sentinel = Sentinel(self._program, self._folder, self.master.port, quorum=self._sentinel_count // 2 + 1)
        stack.callback(sentinel.close)
        sentinel.start()
        return sentinel


class ClusterNode(RedisServer):
    """A node that keeps its part of the cluster's map on disk, and finds its place again when it is started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self.bus_port = free_port()
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "600", "--cluster-port", str(self.bus_port)]
        more = ["--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0"]
        super().__init__(program, folder, *options, *more)
        self.command += ["--cluster-config-file", f"nodes-{self.port}.conf"]

    def say(self, *words: str) -> Any:
        return say(self.port, *words)

    @property
    def id(self) -> str:
        return str(self.say("CLUSTER", "MYID").decode())


class RedisCluster:
    """Three masters with a third of the slots each, and perhaps a replica of the first."""

    def __init__(self, program: str, folder: Path, *, has_replica: bool = False) -> None:
        self._program = program
        self._folder = folder
        self._has_replica = has_replica
        self.masters: list[ClusterNode] = []
        self.replica: ClusterNode | None = None

    @property
    def nodes(self) -> Sequence[ClusterNode]:
        return [*self.masters, *([self.replica] if self.replica else [])]

    @property
    def url(self) -> str:
        """Two of the nodes: the others are found through them."""
        return CLUSTER_FORM.format(hosts=",".join(f"127.0.0.1:{node.port}" for node in self.masters[:2]))

    def start(self, stack: ExitStack) -> None:
        self.masters = [self._start_node(stack) for _ in range(3)]
        if self._has_replica:
            self.replica = self._start_node(stack)
        first, share = self.masters[0], SLOT_COUNT // 3 + 1
        for index, node in enumerate(self.masters):
            last = min((index + 1) * share, SLOT_COUNT) - 1
            node.say("CLUSTER", "ADDSLOTSRANGE", str(index * share), str(last))
            node.say("CLUSTER", "SET-CONFIG-EPOCH", str(index + 1))
        for node in self.nodes[1:]:
            first.say("CLUSTER", "MEET", "127.0.0.1", str(node.port), str(node.bus_port))
        self.wait_until_whole()
        if self.replica is not None:
            self.replica.say("CLUSTER", "REPLICATE", first.id)
            wait_until(lambda: b"master_link_status:up" in self._replica_says("INFO", "replication"), "replica in sync")
            wait_until(lambda: b"slave" in first.say("CLUSTER", "NODES"), "replica known")

    def _start_node(self, stack: ExitStack) -> ClusterNode:
        """At once when its ports were chosen: the next connection of anybody might take them."""
        node = ClusterNode(self._program, self._folder)
        stack.callback(node.close)
        node.start()
        return node

    def wait_until_whole(self) -> None:
        """All nodes know each other, and who has which slots."""
        wait_until(lambda: all(map(self._is_whole, self.nodes)), "whole cluster")

    def move_slot(self, slot: int, source: ClusterNode, target: ClusterNode) -> None:
        """As redis-cli does it, for a slot without keys."""
        target.say("CLUSTER", "SETSLOT", str(slot), "IMPORTING", source.id)
        source.say("CLUSTER", "SETSLOT", str(slot), "MIGRATING", target.id)
        for node in (target, source, *(other for other in self.masters if other not in (source, target))):
            node.say("CLUSTER", "SETSLOT", str(slot), "NODE", target.id)

    def _replica_says(self, *words: str) -> bytes:
        assert self.replica is not None
        return bytes(self.replica.say(*words))

    def _is_whole(self, node: ClusterNode) -> bool:
        info = bytes(node.say("CLUSTER", "INFO"))
        known = f"cluster_known_nodes:{len(self.nodes)}".encode()
        nodes = bytes(node.say("CLUSTER", "NODES"))
        return (
            b"cluster_state:ok" in info
            and b"cluster_slots_ok:16384" in info
            and known in info
            and b"handshake" not in nodes
        )


def say(port: int, *words: str) -> Any:
    """One command to the server on that port; the bare answer."""
    with Redis(port=port, socket_timeout=LIMIT_S) as client:
        client.response_callbacks.clear()
        return client.execute_command(*words)
