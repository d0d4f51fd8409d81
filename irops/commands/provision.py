"""`irops provision`."""

from typing import Annotated

import typer

from bus.operations import NO_CLUSTER, ApiError
from irops.processes.declarations import streams_with
from irops.system.connection import connection
from irops.system.provisioning import provisioned
from irops.terminal.command import run


def provision(
    replicas: Annotated[
        int | None,
        typer.Option(min=1, max=5, help="Copies of each stream, e.g. 3 on a cluster; without it, streams keep theirs."),
    ] = None,
    wall_clock: Annotated[
        bool, typer.Option("--wall-clock", help="Set event time to the wall clock, as after a replay.")
    ] = False,
    also: Annotated[
        list[str] | None,
        typer.Option(help="A module of yours whose agent has streams of its own, e.g. examples.hotel."),
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Make an empty system a shadow, for good: nothing of it reaches anyone.")
    ] = False,
) -> None:
    """Make the server's streams what the contracts say, and set the clock.

    Shows each change it makes. Running it again changes nothing. Kept as they are: streams of other applications; the copies,
    placement and limits of streams, unless an option or a setting names them; a replay's clock, unless --wall-clock is given.

    Example: NATS_URL=nats://127.0.0.1:4222 irops provision

    Example: irops provision --wall-clock

    Example: IROPS_KEYS=shadow irops provision --shadow
    """
    streams = streams_with(also or ())

    async def work() -> int:
        async with connection() as bus:
            try:
                changes = await provisioned(bus, streams, replicas=replicas, wall_clock=wall_clock, shadow=shadow)
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
