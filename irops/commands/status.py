"""`irops status`: who is running, what they have done, and what is still open."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bus import Bus, Unavailable
from bus.clock import wall
from bus.operations import Instance, discover, list_streams
from contracts.dead import DEAD_LETTER
from contracts.ledger import ACTIVE_BOOKER
from irops.system.connection import system
from irops.system.models import model_use
from irops.system.pending import open_work
from irops.terminal.command import run


def status() -> None:
    """Show who is running, what they have done, and what is still open.

    Example: irops status
    """

    async def work() -> int:
        async with system() as bus:
            console = Console(highlight=False)
            console.print(_clock(bus))
            there = await discover(bus.nc)
            console.print(_agents(there))
            if any(instance.agent == "planner" for instance in there):
                console.print(f"model: {model_use(there).in_words}")
            console.print(await _active(bus))
            console.print(await _streams(bus))
            dead = len([letter async for letter in bus.history(DEAD_LETTER)])
            waiting = [f"{dead} dead letters, see `irops dead list`"] if dead else []
            for line in [*await open_work(bus), *waiting] or ["nothing"]:
                console.print(f"open: {line}")
        return 0

    run(work())


def _clock(bus: Bus) -> str:
    try:
        now, speed = bus.now(), bus.tick.speed
    except Unavailable as failure:
        return str(failure)
    pace = f"{speed:g} times as fast as the wall clock" if speed else "standing still between the steps of a lock-step"
    return f"clock: {now:%Y-%m-%d %H:%M:%S} UTC, {pace}"


def _agents(there: Sequence[Instance]) -> Table | str:
    if not there:
        return "agents: none answers; start them with `irops up` or `irops agent NAME`"
    table = Table(title="agents", title_justify="left")
    for column in ("agent", "pid", "done", "retried", "conflicts", "dead letters", "queued", "view lag p50, p99 ms"):
        table.add_column(column, justify="left" if column == "agent" else "right")
    for instance in there:
        ends = instance.stats.get("outcomes", {})
        dead = sum(ends.get(end, 0) for end in ("undecodable", "rejected", "bugs"))
        table.add_row(
            instance.agent,
            *(
                str(figure)
                for figure in (
                    instance.stats.get("pid", "?"),
                    *(ends.get(end, 0) for end in ("done", "retried", "conflicts")),
                    dead,
                    instance.stats.get("queued", "?"),
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
    streams = await list_streams(bus.nc)
    for stream in streams.found:
        megabytes = f"{stream.bytes / 1e6:,.1f}"
        table.add_row(stream.name, f"{stream.messages:,}", megabytes, f"{stream.last_sequence:,}", stream.what)
    for name in streams.silent:
        table.add_row(name, "?", "?", "?", "does not answer; is a node of the cluster down?")
    return table
