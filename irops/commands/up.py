"""`irops up`: the system by the wall clock."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bus import Bus
from bus.clock import monotonic, replay_note, wall
from bus.operations import Server, discover
from contracts.clock import CLOCK
from contracts.streams import Stream
from irops.commands.import_ import restored
from irops.processes.declarations import declarations, streams_with
from irops.processes.roster import agents
from irops.processes.supervisor import Death, Supervisor
from irops.system.connection import OPERATOR, connection, embedded, settings
from irops.system.provisioning import provisioned
from irops.terminal.command import ENDS, run
from irops.terminal.failures import Failed
from irops.terminal.folders import named_by

DEFAULT_PORT = 4222
_COPIER = "irops.shadow"
"""The module of the agent that copies a live system's feed to its shadow."""
_PATIENCE = 30.0
"""Seconds after which agents that do not answer are named. They may still become ready."""

_REPEATED = 3
"""After so many deaths in a row a process dies at each start."""


@dataclass(frozen=True, slots=True)
class _Team:
    """What is started."""

    ours: tuple[str, ...]
    """Names of the system's own agents."""
    also: tuple[str, ...]
    """Modules of other agents."""
    names: tuple[str, ...]
    """Of all of them, as they answer to a ping."""
    streams: tuple[Stream, ...]
    """The system's, and those that the other agents own."""


def up(
    data: Annotated[
        Path, typer.Option(help="Folder for the server's data, logs and messages; kept from one run to the next.")
    ] = Path(".irops/up"),
    replicas: Annotated[int, typer.Option(min=1, max=16, help="Processes of each agent; of the booker, standbys.")] = 1,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the embedded server, instead of 4222.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(help="A module of yours whose agent runs beside the others, e.g. examples.hotel."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="An agent that is not started, e.g. notifier.", metavar="AGENT")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Run a shadow: it plans and decides, and nothing of it reaches anyone.")
    ] = False,
    of: Annotated[
        str,
        typer.Option("--of", help="Of a shadow: the servers of the live system, whose feed it copies.", metavar="URL"),
    ] = "",
    of_keys: Annotated[
        str, typer.Option(help="The folder with the key for that system, shadow.nk.", metavar="FOLDER")
    ] = "",
    state: Annotated[
        str,
        typer.Option(help="A file of `irops export state`, restored first; the system must be empty.", metavar="FILE"),
    ] = "",
) -> None:
    """Start the system by the wall clock: server, streams, agents; until Ctrl-C.

    With NATS_URL or --context that server is used, else an embedded one is started on this machine.

    Example: irops up --replicas 2

    Example: irops up --also examples.hotel --without notifier

    Example: irops up --data .irops/shadow --port 4223 --shadow --of nats://127.0.0.1:4222 --state state.jsonl

    Then in another terminal: irops import flights flights.jsonl; irops status
    """
    team = _team(also or (), without or ())
    if of and not shadow:
        raise typer.BadParameter("only a shadow copies another system's feed; give --shadow too", param_hint="--of")
    with named_by("--data"):
        data.mkdir(parents=True, exist_ok=True)
    run(_up(data, team, replicas=replicas, port=port, begins=_Beginning(shadow, of, of_keys, state)))


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a system begins with, besides its streams."""

    shadow: bool
    of: str
    """Addresses of the live system whose feed is copied; empty: of none."""
    of_keys: str
    """The folder with the key for it; empty: it needs none."""
    state: str
    """The file of an exported state; empty: none is restored."""


def _team(also: Sequence[str], without: Sequence[str]) -> _Team:
    if unknown := sorted(set(without) - set(agents())):
        raise typer.BadParameter(
            f"there is no agent {unknown[0]!r}; there are {', '.join(agents())}", param_hint="--without"
        )
    ours = tuple(name for name in agents() if name not in without)
    streams = streams_with(also)
    others = tuple(each.agent for each in declarations(*also)[len(agents()) :]) if also else ()
    if taken := sorted({name for name in others if (*ours, *others).count(name) > 1}):
        raise typer.BadParameter(f"several agents are called {taken[0]}; give one another name", param_hint="--also")
    return _Team(ours, tuple(also), tuple(sorted({*ours, *others})), streams)


async def _up(data: Path, team: _Team, *, replicas: int, port: int | None, begins: _Beginning) -> int:
    stop = asyncio.Event()
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    named = "NATS_URL" in os.environ or os.environ.get("IROPS_NATS_CONTEXT")
    server = None if named else _embedded(data, port or DEFAULT_PORT)
    if server is None:
        if port is not None:
            raise Failed(
                "NATS_URL or a context names a server, so --port has no effect; unset one",
                status=2,
            )
        typer.echo(
            f"uses the server at {settings().endpoint(OPERATOR)}; without NATS_URL or a context, one is started here"
        )
    url = server.url if server else None
    supervisor = Supervisor(data / "logs", _environment(url, data, shadow=begins.shadow), died=_print_death)
    copier = Supervisor(data / "logs", _copying(begins, url or settings().nats_url), died=_print_death)
    async with _serving(supervisor, server), connection(url) as bus:
        for change in await _begun(bus, team, begins):
            typer.echo(change)
        typer.echo(await _time(bus))
        try:
            await supervisor.start([f"agents.{name}" for name in team.ours], replicas=replicas)
            await supervisor.start(team.also)
            await copier.start([_COPIER] if begins.of else [])
            started = len(supervisor.processes) + len(copier.processes)
            typer.echo(f"{started} agent processes started, logs in {data / 'logs'}")
            await copier.unless_refused(supervisor.unless_refused(_until_stopped(bus, team, stop)))
        finally:
            _print("stopping")
            await asyncio.gather(supervisor.stop(), copier.stop())
    _print("stopped")
    return 0


async def _begun(bus: Bus, team: _Team, begins: _Beginning) -> list[str]:
    """Make the system what it is to begin with; returns a line for each change."""
    changes = await provisioned(bus, team.streams, shadow=begins.shadow)
    if begins.state:
        changes.append(await restored(bus, begins.state))
    return changes


async def _until_stopped(bus: Bus, team: _Team, stop: asyncio.Event) -> None:
    await _print_when_ready(bus, team, stop)
    await stop.wait()


def _embedded(data: Path, port: int) -> Server:
    if _taken(port):
        raise Failed(
            f"port {port} is taken; if that is your NATS server, set NATS_URL=nats://127.0.0.1:{port}, else give --port"
        )
    return embedded(data / "server", port=port)


@asynccontextmanager
async def _serving(supervisor: Supervisor, server: Server | None) -> AsyncIterator[None]:
    """Run the embedded server, if there is one, until the block ends."""
    if server is None:
        yield
        return
    async with supervisor.serving(server):
        typer.echo(f"nats-server is at {server.url}, its data in {server.folder}")
        yield


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was closed just now is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _environment(url: str | None, data: Path, *, shadow: bool) -> dict[str, str]:
    """The agents' environment, besides this process's own."""
    maildir = os.environ.get("IROPS_NOTIFIER_MAILDIR", str((data / "maildir").absolute()))
    embedded = {"NATS_URL": url, "IROPS_NATS_CONTEXT": ""} if url else {}
    return {**embedded, **({"IROPS_AUTONOMY": "shadow"} if shadow else {}), "IROPS_NOTIFIER_MAILDIR": maildir}


def _copying(begins: _Beginning, url: str) -> dict[str, str]:
    """The environment of the agent that copies the live system's feed to this one, at `url`."""
    return {
        "NATS_URL": begins.of,
        "IROPS_NATS_CONTEXT": "",
        "IROPS_AUTONOMY": "",
        "IROPS_KEYS": begins.of_keys,
        "IROPS_SHADOW_URL": url,
        "IROPS_SHADOW_KEYS": os.environ.get("IROPS_KEYS", ""),
    }


async def _time(bus: Bus) -> str:
    """One line about the clock: the data folder may be a replay's."""
    key = CLOCK.key()
    entry = (await bus.load([key]))[key]
    return (replay_note(entry.message, wall()) if entry else None) or "event time follows the wall clock"


def _print(words: str) -> None:
    """The terminal may be gone."""
    with suppress(OSError):
        typer.echo(words)


def _print_death(death: Death) -> None:
    """Of one process that dies at each start, the first deaths and no more: it may die every few seconds for hours."""
    why = f": {death.words}" if death.words else ""
    if death.in_a_row < _REPEATED:
        _print(f"{death}{why}; its log is {death.log}")
    elif death.in_a_row == _REPEATED:
        _print(
            f"{death.name} has died {_REPEATED} times in a row{why}; it is started again and again, without another line "
            f"here; its log is {death.log}"
        )


async def _print_when_ready(bus: Bus, team: _Team, stop: asyncio.Event) -> None:
    began = monotonic()
    named = False
    while not stop.is_set():
        missing = sorted(set(team.names) - {i.agent for i in await discover(bus.nc, verb="PING")})
        if not missing:
            typer.echo(f"ready: {', '.join(team.names)}; Ctrl-C stops everything")
            return
        if not named and monotonic() - began > _PATIENCE:
            named = True
            typer.echo(f"still waiting for {', '.join(missing)}; their logs say why")
