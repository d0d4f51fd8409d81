"""`irops contracts`."""

import typer

from irops.catalogue import catalogue
from irops.terminal.command import run


def contracts() -> None:
    """Print the catalogue: who says what to whom, and what is in each message.

    It is made from the contracts and from what each agent declares of itself.

    Example: irops contracts > contracts/README.md
    """

    async def work() -> int:
        typer.echo(catalogue(), nl=False)
        return 0

    run(work())
