"""Folders that options name: there from the beginning, or the question was wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from irops.terminal.failures import describe


@contextmanager
def named_by(option: str) -> Iterator[None]:
    """What can't be made or written inside was named by this option. Raises `typer.BadParameter`, which ends the command in a
    line with status 2."""
    try:
        yield
    except OSError as failure:
        raise typer.BadParameter(f"{describe(failure)}; name another", param_hint=option) from failure


def folder_of(file: Path | None, option: str) -> None:
    """Makes the folder in which a command will write this file at its end, and sees whether it can, so that no work is lost.
    Raises `typer.BadParameter`."""
    if file is not None:
        with named_by(option):
            file.parent.mkdir(parents=True, exist_ok=True)
            there = file.exists()
            with file.open("a"):  # nothing is written yet
                pass
            if not there:
                file.unlink()
