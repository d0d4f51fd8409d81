"""A list on the terminal."""

from collections.abc import Collection

import typer


def show_lines(lines: Collection[str], *, nothing: str) -> None:
    """Each line on stdout; where there is none, `nothing` on stderr, so that a pipe gets the list alone."""
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo(nothing, err=True)
