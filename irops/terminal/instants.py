"""Instants that an operator types."""

from datetime import UTC, datetime

import typer


def read_instant(text: str, option: str) -> datetime:
    """The instant, with its offset. Raises `typer.BadParameter`, which names the option."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):  # the first hours of the year 1, and the last of 9999, may have no UTC
        pass
    raise typer.BadParameter(f"{text!r} is not an instant such as 2013-02-12T05:00:00Z", param_hint=option)
