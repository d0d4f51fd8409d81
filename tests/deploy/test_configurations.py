"""The server configurations under deploy/, each tried with the nats-server itself."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus, Delivery, Handlers
from bus.admin.discovery import discover
from bus.admin.provision import provision, set_clock
from bus.admin.server import program
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.streams import STREAMS
from tests.bus.access.guarded import ECHO, users_in
from tests.bus.bus_world import echo_of, publish, stored
from tests.bus.wire.servers import CA, CERTIFICATES, Configured, configured
from tests.support import eventually

DEPLOY = Path(__file__).parents[2] / "deploy"
CONFIGURATIONS = sorted(path.name for path in DEPLOY.glob("*.conf"))


def files_beside(folder: Path) -> None:
    """The files that the configurations include and name: keys' users, and certificates."""
    for system in (".", "north", "south"):
        (folder / system).mkdir(parents=True, exist_ok=True)
        (folder / system / "users.conf").write_text(users_in(folder / system / "keys"))
    (folder / "tls").mkdir()
    for name in ("server", "node"):
        shutil.copy(CERTIFICATES / "server.pem", folder / "tls" / f"{name}.pem")
        shutil.copy(CERTIFICATES / "server-key.pem", folder / "tls" / f"{name}.key")
    shutil.copy(CA, folder / "tls" / "ca.pem")


def with_certificates(text: str, folder: Path) -> str:
    """A configuration that names the certificates in this folder."""
    return text.replace("/etc/irops/tls/", f"{folder}/tls/")


def without_ports(configuration: str, folder: Path) -> str:
    """Its lines but for the one that includes ports and store, for which a test has its own."""
    text = (DEPLOY / configuration).read_text()
    assert "include nats-server.conf\n" in text
    return with_certificates(text.replace("include nats-server.conf\n", ""), folder)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_server_accepts_the_configuration(configuration: str, tmp_path: Path) -> None:
    """With the users that `irops users` writes, and certificates."""
    files_beside(tmp_path)
    for name in CONFIGURATIONS:
        (tmp_path / name).write_text(with_certificates((DEPLOY / name).read_text(), tmp_path))
    tried = subprocess.run(
        [program(), "-t", "-c", tmp_path / configuration], capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr


@dataclass
class Shared:
    """A server with two systems, and a connection of each one's operator."""

    folder: Path
    server: Configured
    north: Client
    south: Client

    def settings(self, system: str) -> Settings:
        return Settings(nats_url=self.server.url, keys=self.folder / system / "keys")


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    """Both provisioned."""
    files_beside(tmp_path)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            configured(tmp_path, without_ports("nats-server-accounts.conf", tmp_path))
        )
        operators: list[Client] = []
        for system in ("north", "south"):
            settings = Settings(nats_url=server.url, keys=tmp_path / system / "keys")
            nc = await connect(settings.endpoint("operator"), name="operator")
            stack.push_async_callback(close, nc)
            assert len(await provision(nc, STREAMS)) == len(STREAMS)
            await set_clock(nc)
            operators.append(nc)
        yield Shared(tmp_path, server, *operators)


async def test_two_systems_with_an_account_each_share_a_server_and_nothing_else(shared: Shared) -> None:
    """An agent of one handles what its own system stores; the other stores and sees none of it."""
    buses: list[Bus] = []

    async def build(bus: Bus) -> Handlers:
        buses.append(bus)

        async def hear(group: Sequence[Delivery[Any]]) -> None:
            await buses[0].emit_once([echo_of(delivery) for delivery in group])

        return Handlers({FLIGHT_STATUS: hear})

    async def handled() -> bool:
        return await stored(shared.north, "FLIGHTS") == 3

    received: list[str] = []

    async def keep(msg: Any) -> None:
        received.append(msg.subject)

    await shared.south.subscribe(">", cb=keep)
    async with Running(ECHO, build, shared.settings("north"), asyncio.Event()):
        await publish(shared.north, [1, 2, 3])
        await eventually(handled, what="the statuses of north are handled")
        assert [instance.agent for instance in await discover(shared.north)] == ["echo"]
        assert await discover(shared.south) == []
    assert [await stored(shared.south, stream) for stream in ("FEED", "FLIGHTS")] == [0, 0]
    families = {subject.split(".")[0] for stream in STREAMS for subject in stream.subjects}
    assert [subject for subject in received if subject.split(".")[0] in families] == []


async def test_provisioning_one_system_again_changes_nothing_in_either(shared: Shared) -> None:
    """Their streams have the same names and are not the same."""
    await publish(shared.south, [1, 2])
    assert await provision(shared.north, STREAMS) == []
    assert await stored(shared.south, "FEED") == 2
    assert await stored(shared.north, "FEED") == 0


async def test_a_key_of_one_system_opens_no_other(shared: Shared) -> None:
    """The account comes with the key."""
    north = await connect(shared.settings("north").endpoint("echo"), name="echo")
    try:
        await north.publish(FLIGHT_CHANGED.key(flight="B6.1.JFK.2013-02-08", n=1).name, b"{}")
        await north.flush()
    finally:
        await close(north)
    assert await stored(shared.north, "FLIGHTS") == 1
    assert await stored(shared.south, "FLIGHTS") == 0


async def test_users_with_keys_connect_over_tls(tmp_path: Path) -> None:
    """The certificate is checked against the authority in the settings."""
    files_beside(tmp_path)
    async with configured(tmp_path, without_ports("nats-server-tls.conf", tmp_path)) as server:
        settings = Settings(nats_url=f"tls://localhost:{server.port}", keys=tmp_path / "keys")
        nc = await connect(replace(settings.endpoint("operator"), ca=CA), name="operator")
        try:
            assert len(await provision(nc, STREAMS)) == len(STREAMS)
        finally:
            await close(nc)
