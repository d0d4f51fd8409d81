"""`irops up`, `irops agent` and `irops provision`: the system as it runs in earnest, by the wall clock."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bus import Bus
from bus.clock import at, monotonic, replay_note, wall
from bus.operations import NO_CLUSTER, ApiError, Server, discover, set_clock
from bus.operations import provision as provision_streams
from contracts.clock import CLOCK, Clock
from contracts.streams import STREAMS
from irops.places import named_by
from irops.roster import agents
from irops.shell import ENDS, Failed, connection, embedded, run, settings
from irops.supervisor import Supervisor, death

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

    With NATS_URL set that server is used, else an embedded one is started on this machine.

    Example: irops up --replicas 2

    Then in another terminal: irops import flights flights.jsonl; irops status
    """
    with named_by("--data"):
        data.mkdir(parents=True, exist_ok=True)
    run(_up(data, replicas=replicas, port=port))


def agent(name: Annotated[str, typer.Argument(help="Which one, e.g. planner.")]) -> None:
    """Run one agent in the foreground, as a container does.

    It becomes `python -m agents.NAME`: NATS_URL says where the server is, Ctrl-C stops it in good order.

    Example: NATS_URL=nats://127.0.0.1:4222 irops agent planner
    """
    if name not in agents():
        raise typer.BadParameter(f"there is no agent {name!r}; there are {', '.join(agents())}", param_hint="NAME")
    os.execv(sys.executable, [sys.executable, "-m", f"agents.{name}"])


def provision(
    replicas: Annotated[
        int, typer.Option(min=1, max=5, help="Copies of each stream: 3 on a cluster of three nodes.")
    ] = 1,
    wall_clock: Annotated[
        bool, typer.Option("--wall-clock", help="Set event time to the wall clock, as after a replay.")
    ] = False,
) -> None:
    """Make the server's streams what the contracts say, and set the clock.

    Shows each change it makes. Running it again changes nothing; a replay's clock is kept unless --wall-clock is given.

    Example: NATS_URL=nats://127.0.0.1:4222 irops provision

    Example: irops provision --wall-clock
    """

    async def work() -> int:
        async with connection(settings().nats_url) as bus:
            try:
                changes = await _provisioned(bus, replicas=replicas, wall_clock=wall_clock)
            except ApiError as failure:
                if failure.code != NO_CLUSTER:
                    raise
                raise typer.BadParameter(
                    "the server is in no cluster, where it keeps 1 copy", param_hint="--replicas"
                ) from failure
            for change in changes or ["nothing had to change"]:
                typer.echo(change)
        return 0

    run(work())


async def _provisioned(bus: Bus, *, replicas: int = 1, wall_clock: bool = False) -> list[str]:
    """A line for each change. `wall_clock`: reset a clock that is not the wall clock's."""
    changes = await provision_streams(bus.nc, STREAMS, replicas=replicas)
    key = CLOCK.key()
    entry = (await bus.load([key]))[key]
    if entry is None:
        await set_clock(bus.nc)
        changes.append("set the clock to the wall clock")
    elif wall_clock and replay_note(entry.message, wall()):
        await set_clock(bus.nc, Clock(now=wall(), at=wall()))
        changes.append(f"set the clock to the wall clock; it was {at(entry.message, wall()):%Y-%m-%d %H:%M} UTC")
    return changes


async def _up(data: Path, *, replicas: int, port: int | None) -> int:
    stop = asyncio.Event()
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    server = None if "NATS_URL" in os.environ else _embedded(data, port or DEFAULT_PORT)
    if server is None:
        if port is not None:
            raise Failed(
                "NATS_URL is set, so no server is started and --port means nothing; unset one of the two", status=2
            )
        typer.echo("uses the server of NATS_URL; without that, one is started here")
    url = server.url if server else settings().nats_url
    supervisor = Supervisor(data / "logs", _environment(url, data), died=_say_death)
    async with _serving(supervisor, server), connection(url) as bus:
        for change in await _provisioned(bus):
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


def _environment(url: str, data: Path) -> dict[str, str]:
    """What agents are told beside this process's own environment."""
    maildir = os.environ.get("IROPS_NOTIFIER_MAILDIR", str((data / "maildir").absolute()))
    return {"NATS_URL": url, "IROPS_NOTIFIER_MAILDIR": maildir}


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
