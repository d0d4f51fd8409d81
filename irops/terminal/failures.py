"""A failure as the operator reads it: one line on stderr that says what is wrong and what to do."""

import typer


class Failed(Exception):
    """A command that cannot do what it was asked to: one line that says what is wrong and what to do. `status` is the exit
    status: 1 for a failure, 2 for a usage error."""

    def __init__(self, text: str, *, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def describe(failure: Exception) -> str:
    """Get a failure as one line, without an error number."""
    if isinstance(failure, OSError) and failure.strerror:
        return f"cannot use {failure.filename}: {failure.strerror}" if failure.filename else failure.strerror
    return str(failure) or type(failure).__name__


def complain(text: str) -> None:
    """One line on stderr."""
    typer.echo(f"irops: {text}", err=True)
