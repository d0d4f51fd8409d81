"""`irops agent`."""

import os
import sys
from typing import Annotated

import typer

from irops.processes.roster import agents


def agent(name: Annotated[str, typer.Argument(help="The agent, e.g. planner.")]) -> None:
    """Run one agent in the foreground, as a container does.

    It becomes `python -m agents.NAME`, which connects to NATS_URL. Ctrl-C stops it cleanly.

    Example: NATS_URL=nats://127.0.0.1:4222 irops agent planner
    """
    if name not in agents():
        raise typer.BadParameter(f"there is no agent {name!r}; there are {', '.join(agents())}", param_hint="NAME")
    os.execv(sys.executable, [sys.executable, "-m", f"agents.{name}"])
