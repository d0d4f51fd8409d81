"""`irops contracts`."""

import typer

from irops.catalogue import catalogue
from irops.terminal.command import run


def contracts() -> None:
    """Print the catalogue: which agent says what to which, and the fields of each message.

    It is made from the contracts and the declarations of the agents.

    Example: irops contracts > contracts/README.md
    """

    async def work() -> int:
        typer.echo(catalogue(), nl=False)
        return 0

    run(work())
