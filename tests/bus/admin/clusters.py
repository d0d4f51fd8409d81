"""A cluster of three nats-servers on loopback, whose nodes can be killed."""

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nats.aio.client import Client

from bus.admin.child_process import ends_with_parent
from bus.admin.server import free_port, program
from bus.errors import ApiError, Unavailable
from bus.wire.api import call
from bus.wire.connection import close, connect
from tests.support import eventually

NODES = ("n0", "n1", "n2")


class Cluster:
    """Three nodes, each with its name as a tag for placement; `url` is the first one's, which tests leave alive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {node: free_port() for node in NODES}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._ports[NODES[0]]}"

    def start(self) -> None:
        routes = {node: free_port() for node in NODES}
        for node in NODES:
            config = self._folder / f"{node}.conf"
            config.write_text(
                f"host: 127.0.0.1\nport: {self._ports[node]}\nserver_name: {node}\nserver_tags: [{node}]\n"
                f"jetstream {{ store_dir: {json.dumps(str(self._folder / node))} }}\n"
                f"cluster {{ name: c, host: 127.0.0.1, port: {routes[node]},"
                f" routes: {json.dumps([f'nats://127.0.0.1:{port}' for port in routes.values()])} }}\n"
            )
            self._processes[node] = subprocess.Popen(
                [program(), "-c", config, "-l", self._folder / f"{node}.log"],
                preexec_fn=ends_with_parent(),  # noqa: PLW1509
            )

    def kill(self, *nodes: str) -> None:
        for node in nodes:
            self._processes[node].kill()
            self._processes[node].wait()


@asynccontextmanager
async def cluster_of_three(folder: Path) -> AsyncIterator[tuple[Cluster, Client]]:
    """A running cluster with a metadata leader, and a connection to its first node."""
    cluster = Cluster(folder)
    cluster.start()
    nc = await connect(cluster.url, name="test")
    try:
        await eventually(lambda: _whole(nc), what="a leader that sees three nodes", within=30)
        yield cluster, nc
    finally:
        await close(nc)
        cluster.kill(*NODES)


async def _whole(nc: Client) -> bool:
    """Whether a stream of three copies can be created."""
    try:
        await call(nc, "STREAM.CREATE.PROBE", {"name": "PROBE", "subjects": ["probe"], "num_replicas": 3}, tries=1)
        await call(nc, "STREAM.DELETE.PROBE", tries=1)
    except (ApiError, Unavailable):
        return False
    return True


async def leader_of(nc: Client, stream: str) -> str:
    """The node that leads the stream."""
    info = await call(nc, f"STREAM.INFO.{stream}")
    return str(info["cluster"]["leader"])
