"""`irops audit`, `irops status` and `irops contracts`: what is, and what was said it would be."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bus import Bus, Unavailable
from bus.api import call
from bus.clock import wall
from bus.discovery import discover
from bus.quiet import consumers_on, still_open
from bus.store import FACTS_LAST
from contracts.ledger import ACTIVE_BOOKER
from contracts.streams import STREAMS
from irops.audit import Audit
from irops.audit import audit as judge
from irops.catalogue import catalogue
from irops.reading import read_streams
from irops.shell import complain, run, system

_FIGURES = (
    "oversold_seats",
    "double_booked_parties",
    "unnotified_parties",
    "parties_on_dead_flights",
    "stranded_beside_a_legal_seat",
    "ledger_mismatches",
    "unanswered_parties",
    "wishes_misreported",
)


def audit(
    horizon: Annotated[
        str,
        typer.Option(
            help="End of the flights there are to be booked; without it, the last scheduled departure.",
            metavar="INSTANT",
        ),
    ] = "",
) -> None:
    """Recompute from the streams whether anyone was wronged; exit status 1 if so.

    Shares no code with the agents. Each figure is a number of faults, with the first of them in words after it. What is still
    being worked on may look like a fault: it says so, and then another audit a little later tells.

    Example: irops audit --horizon 2013-02-12T05:00:00Z
    """
    until = _instant(horizon) if horizon else None

    async def work() -> int:
        async with system() as bus:
            for line in await _open(bus):
                complain(f"still open: {line}")
            judged = judge(await read_streams(bus, horizon=until))
        for line in verdict(judged):
            typer.echo(line)
        return 0 if judged.clean else 1

    run(work())


def verdict(judged: Audit) -> Iterator[str]:
    """The lines that `irops audit` shows."""
    affected = judged.affected
    yield (
        f"{affected.parties} parties affected ({affected.passengers} passengers): {affected.rebooked} rebooked, "
        f"{affected.kept} kept, {affected.stranded} stranded"
    )
    if affected.forgotten:
        yield (
            f"of {affected.forgotten} it can't be known any more whether they were told: that is forgotten after "
            f"{FACTS_LAST.days} days"
        )
    for figure in _FIGURES:
        yield f"{figure:30} {getattr(judged, figure)}"
        yield from (f"  {finding}" for finding in judged.findings.get(figure, ()))
    yield "clean" if judged.clean else "not clean"


def status() -> None:
    """Show who is running, what they have done, and what is still open.

    Example: irops status
    """

    async def work() -> int:
        async with system() as bus:
            console = Console(highlight=False)
            console.print(_clock(bus))
            console.print(await _agents(bus))
            console.print(await _active(bus))
            console.print(await _streams(bus))
            for line in await _open(bus) or ["nothing"]:
                console.print(f"open: {line}")
        return 0

    run(work())


def contracts() -> None:
    """Print the catalogue: who says what to whom, and what is in each message.

    It is made from the contracts and from what each agent declares of itself.

    Example: irops contracts > contracts/README.md
    """

    async def work() -> int:
        typer.echo(catalogue(), nl=False)
        return 0

    run(work())


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is not an instant such as 2013-02-12T05:00:00Z", param_hint="--horizon")
    return instant.astimezone(UTC)


async def _open(bus: Bus) -> list[str]:
    """A line for each thing that somebody has yet to handle."""
    return await still_open(bus.nc, await consumers_on(bus.nc, [stream.name for stream in STREAMS]))


def _clock(bus: Bus) -> str:
    try:
        now, speed = bus.now(), bus.tick.speed
    except Unavailable as failure:
        return str(failure)
    pace = f"{speed:g} times as fast as the wall clock" if speed else "standing still between the steps of a lock-step"
    return f"clock: {now:%Y-%m-%d %H:%M:%S} UTC, {pace}"


async def _agents(bus: Bus) -> Table | str:
    there = await discover(bus.nc)
    if not there:
        return "agents: none answers; start them with `irops up` or `irops agent NAME`"
    table = Table(title="agents", title_justify="left")
    for column in ("agent", "pid", "done", "retried", "conflicts", "dead letters", "held", "view lag p50, p99 ms"):
        table.add_column(column, justify="left" if column == "agent" else "right")
    for instance in there:
        ends = instance.stats.get("ends", {})
        dead = sum(ends.get(end, 0) for end in ("undecodable", "rejected", "bugs"))
        table.add_row(
            instance.agent,
            *(
                str(figure)
                for figure in (
                    instance.stats.get("pid", "?"),
                    *(ends.get(end, 0) for end in ("done", "retried", "conflicts")),
                    dead,
                    instance.stats.get("held", "?"),
                    ", ".join(str(lag) for lag in instance.stats.get("view_lag_ms", [])) or "-",
                )
            ),
        )
    return table


async def _active(bus: Bus) -> str:
    key = ACTIVE_BOOKER.key()
    entry = (await bus.load([key]))[key]
    if entry is None:
        return "active booker: none yet"
    lapsed = entry.message.until <= wall()
    return f"active booker: {entry.message.holder}" + (", whose lease has run out" if lapsed else "")


async def _streams(bus: Bus) -> Table:
    table = Table(title="streams", title_justify="left")
    for column in ("stream", "messages", "MB", "last sequence", "what"):
        table.add_column(column, justify="left" if column in ("stream", "what") else "right")
    for stream in STREAMS:
        state = (await call(bus.nc, f"STREAM.INFO.{stream.name}"))["state"]
        megabytes = f"{state['bytes'] / 1e6:,.1f}"
        table.add_row(stream.name, f"{state['messages']:,}", megabytes, f"{state['last_seq']:,}", stream.what)
    return table
