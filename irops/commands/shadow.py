"""`irops shadow`: what would have been."""

from typing import Annotated

import typer

from irops.system.connection import system
from irops.system.shadowed import shadowed
from irops.terminal.command import run
from irops.terminal.shadowed import words_of_shadow


def shadow(
    about: Annotated[
        str, typer.Argument(metavar="[PNR|FLIGHT]", help="A party, or a flight as B6.1017.JFK.2013-02-08.")
    ] = "",
) -> None:
    """Show what a shadow would have done: who would be moved, kept, asked or left waiting, and how many letters written.

    One line per journey, with what has happened, the trip, and what the reservation system has made of it since, where that is
    known. Then one line for each booking that it has on another trip than the shadow, which goes on with its own: the version,
    and the two trips. Personal data: mind where it goes.

    Example: IROPS_KEYS=shadow irops shadow

    Example: irops shadow B6.83.JFK.2050-01-01
    """

    async def work() -> int:
        async with system() as bus:
            found = await shadowed(bus)
        for line in words_of_shadow(found.about(about) if about else found):
            typer.echo(line)
        return 0

    run(work())
