"""`irops retire`: an agent that will not run again no longer holds up the others."""

from typing import Annotated

import typer

from bus.operations import discover, list_streams, retire_consumer
from irops.system.connection import system
from irops.terminal.command import run
from irops.terminal.failures import Failed

Name = Annotated[str, typer.Argument(help="The agent's name, as `irops status` shows it.", metavar="AGENT")]


def retire(agent: Name) -> None:
    """Remove the consumers of an agent that will not run again.

    Messages that it has yet to handle no longer count as pending, and `irops forget` no longer waits for it. Streams and
    messages stay. If the agent is started again, it begins with the first message that its streams still have.

    Example: irops retire desk
    """

    async def work() -> int:
        async with system() as bus:
            if await discover(bus.nc, verb="PING", agent=agent):
                raise Failed(f"the agent {agent} is running; stop it first")
            streams = [stream.name for stream in (await list_streams(bus.nc)).found]
            left = [stream for stream in streams if await retire_consumer(bus.nc, stream, agent)]
        if not left:
            raise Failed(f"no stream has a consumer of {agent}; `irops status` names the agents")
        typer.echo(f"{agent} is retired from {', '.join(sorted(left))}")
        return 0

    run(work())
