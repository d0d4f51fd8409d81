"""Folders that options name: created and checked before any work begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from irops.terminal.failures import describe


@contextmanager
def named_by(option: str) -> Iterator[None]:
    """Turn an `OSError` inside the block into a usage error of this option (`typer.BadParameter`, status 2)."""
    try:
        yield
    except OSError as failure:
        raise typer.BadParameter(f"{describe(failure)}; name another", param_hint=option) from failure


def folder_of(file: Path | None, option: str) -> None:
    """Create the folder of a file that the command writes at its end, and check that the file can be written, so that no work
    is lost. Raises `typer.BadParameter`."""
    if file is not None:
        with named_by(option):
            file.parent.mkdir(parents=True, exist_ok=True)
            there = file.exists()
            with file.open("a"):  # opening is the check
                pass
            if not there:
                file.unlink()
