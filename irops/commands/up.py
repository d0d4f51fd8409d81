"""`irops up`: the system by the wall clock."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bus import Bus
from bus.clock import at, monotonic, wall
from bus.operations import Server, discover
from contracts.clock import CLOCK, Clock
from irops.processes.roster import agents
from irops.processes.supervisor import Supervisor, death
from irops.system.connection import OPERATOR, connection, embedded, settings
from irops.system.provisioning import provisioned
from irops.terminal.command import ENDS, run
from irops.terminal.failures import Failed
from irops.terminal.folders import named_by

DEFAULT_PORT = 4222
_PATIENCE = 30.0
"""Seconds after which agents that do not answer are named; they may come yet."""
_ABOUT_NOW = timedelta(minutes=1)


def up(
    data: Annotated[
        Path, typer.Option(help="Folder for the server's data, logs and messages; kept from one run to the next.")
    ] = Path(".irops/up"),
    replicas: Annotated[int, typer.Option(min=1, max=16, help="Processes of each agent; of the booker, standbys.")] = 1,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where the embedded server listens: 4222, or this.")
    ] = None,
) -> None:
    """Start the system by the wall clock: server, streams, agents; until Ctrl-C.

    With NATS_URL or --context that server is used, else an embedded one is started on this machine.

    Example: irops up --replicas 2

    Then in another terminal: irops import flights flights.jsonl; irops status
    """
    with named_by("--data"):
        data.mkdir(parents=True, exist_ok=True)
    run(_up(data, replicas=replicas, port=port))


async def _up(data: Path, *, replicas: int, port: int | None) -> int:
    stop = asyncio.Event()
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    named = "NATS_URL" in os.environ or os.environ.get("IROPS_NATS_CONTEXT")
    server = None if named else _embedded(data, port or DEFAULT_PORT)
    if server is None:
        if port is not None:
            raise Failed(
                "NATS_URL or a context names a server, so none is started and --port means nothing; leave one out",
                status=2,
            )
        typer.echo(
            f"uses the server at {settings().endpoint(OPERATOR)}; without NATS_URL or a context, one is started here"
        )
    url = server.url if server else None
    supervisor = Supervisor(data / "logs", _environment(url, data), died=_say_death)
    async with _serving(supervisor, server), connection(url) as bus:
        for change in await provisioned(bus):
            typer.echo(change)
        typer.echo(await _time(bus))
        try:
            await supervisor.start([f"agents.{name}" for name in agents()], replicas=replicas)
            typer.echo(f"{len(supervisor.processes)} agent processes started, logs in {data / 'logs'}")
            await supervisor.unless_refused(_until_told(bus, stop))
        finally:
            _say_if_heard("stopping")
            await supervisor.stop()
    _say_if_heard("stopped")
    return 0


async def _until_told(bus: Bus, stop: asyncio.Event) -> None:
    await _say_when_ready(bus, stop)
    await stop.wait()


def _embedded(data: Path, port: int) -> Server:
    if _taken(port):
        raise Failed(
            f"port {port} is taken; if that is your NATS server, set NATS_URL=nats://127.0.0.1:{port}, else give --port"
        )
    return embedded(data / "server", port=port)


@asynccontextmanager
async def _serving(supervisor: Supervisor, server: Server | None) -> AsyncIterator[None]:
    """An embedded server runs meanwhile, if there is to be one."""
    if server is None:
        yield
        return
    async with supervisor.serving(server):
        typer.echo(f"nats-server is at {server.url}, its data in {server.folder}")
        yield


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that has just stopped is no hindrance
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _environment(url: str | None, data: Path) -> dict[str, str]:
    """What agents are told beside this process's own environment."""
    maildir = os.environ.get("IROPS_NOTIFIER_MAILDIR", str((data / "maildir").absolute()))
    embedded = {"NATS_URL": url, "IROPS_NATS_CONTEXT": ""} if url else {}
    return {**embedded, "IROPS_NOTIFIER_MAILDIR": maildir}


async def _time(bus: Bus) -> str:
    """One line about the clock: a data folder may be one in which a day was replayed."""
    key = CLOCK.key()
    entry = (await bus.load([key]))[key]
    clock: Clock = entry.message if entry else Clock(now=wall(), at=wall())
    if clock.speed == 1 and abs(at(clock, wall()) - wall()) < _ABOUT_NOW:
        return "time is the wall clock's"
    return (
        f"time is a replay's: {at(clock, wall()):%Y-%m-%d %H:%M} UTC, {clock.speed:g} times as fast as the wall clock"
    )


def _say_if_heard(words: str) -> None:
    """The terminal may be gone."""
    with suppress(OSError):
        typer.echo(words)


def _say_death(name: str, status: int) -> None:
    typer.echo(f"{death(name, status)}; its log says why")


async def _say_when_ready(bus: Bus, stop: asyncio.Event) -> None:
    began = monotonic()
    told = False
    while not stop.is_set():
        missing = sorted(set(agents()) - {i.agent for i in await discover(bus.nc, verb="PING")})
        if not missing:
            typer.echo(f"ready: {', '.join(agents())}; Ctrl-C stops everything")
            return
        if not told and monotonic() - began > _PATIENCE:
            told = True
            typer.echo(f"still waiting for {', '.join(missing)}; their logs say why")
