"""`irops audit`."""

from collections.abc import Iterator
from typing import Annotated

import typer

from irops.audit import Audit
from irops.audit import audit as judge
from irops.system.connection import system
from irops.system.pending import open_work
from irops.system.reading import read_streams
from irops.terminal.command import run
from irops.terminal.failures import complain
from irops.terminal.instants import read_instant


def audit(
    horizon: Annotated[
        str,
        typer.Option(
            help="The last instant a new trip may depart; without it, the last scheduled departure.",
            metavar="INSTANT",
        ),
    ] = "",
) -> None:
    """Recompute from the streams whether a party was wronged; exit status 1 if so.

    Shares no code with the agents. Each figure is a number of faults, followed by the first of them in words. Pending work may
    look like a fault: it is reported, and a later audit decides.

    Example: irops audit --horizon 2013-02-12T05:00:00Z
    """
    until = read_instant(horizon, "--horizon") if horizon else None

    async def work() -> int:
        async with system() as bus:
            for line in await open_work(bus):
                complain(f"pending: {line}")
            streams = await read_streams(bus, horizon=until)
        judged = judge(streams)
        for line in verdict(judged):
            typer.echo(line)
        return 0 if judged.clean else 1

    run(work())


def verdict(judged: Audit) -> Iterator[str]:
    """The lines that `irops audit` shows."""
    affected = judged.affected
    parties, passengers = (
        _number(affected.parties, "party", "parties"),
        _number(affected.passengers, "passenger", "passengers"),
    )
    yield (
        f"{parties} affected ({passengers}): "
        f"{affected.rebooked} rebooked, {affected.kept} kept, {affected.stranded} stranded"
    )
    if affected.expired:
        yield f"of {affected.expired} it can't be known any more whether they were notified: those facts have expired"
    for reason, flights in judged.not_judged.items():
        yield f"{_number(flights, 'flight is', 'flights are')} not judged by the feed: {reason}"
    for figure, faults in judged.figures.items():
        yield f"{figure:30} {faults}"
        yield from (f"  {finding}" for finding in judged.findings.get(figure, ()))
    if judged.for_a_person.count:
        yield f"{'for a person':30} {judged.for_a_person.count}"
        yield from (f"  {finding}" for finding in judged.for_a_person.shown)
    yield "clean" if judged.clean else "not clean"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
