"""`irops export`: the streams as JSON lines in the contracts' shapes."""

import sys
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import typer

from bus import Bus
from contracts.notices import NoticeFailed, NoticeSent, NoticeSuperseded
from irops.lines.json_lines import lines_of
from irops.system.connection import system
from irops.system.reading import read_bookings, read_failed, read_flights, read_seats, read_sent, read_superseded
from irops.terminal.command import run

export = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write what the streams hold to stdout, a JSON object a line, sorted.",
)


@export.command("flights")
def export_flights() -> None:
    """Every flight as the monitor has it (`Flight`, which is not the `FlightStatus` that a feed says).

    Example: irops export flights | head -1
    """
    run(_export(read_flights))


@export.command("seats")
def export_seats() -> None:
    """Every flight's seats and who holds them (`SeatLedger`).

    Example: irops export seats | head -1
    """
    run(_export(read_seats))


@export.command("bookings")
def export_bookings() -> None:
    """Every party and the trip it has now (`Booking`). Personal data: mind where it goes.

    Example: irops export bookings > bookings.jsonl
    """
    run(_export(read_bookings))


@export.command("notices")
def export_notices() -> None:
    """The outcome of every notice: `NoticeSent` (has a `channel`), `NoticeSuperseded`, or `NoticeFailed` (has `tried`).

    Example: irops export notices | grep -c '"channel":'
    """
    run(_export(_read_notices))


async def _export(read: Callable[[Bus], Awaitable[Mapping[str, msgspec.Struct]]]) -> int:
    async with system() as bus:
        messages = await read(bus)
    for line in lines_of(messages):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return 0


async def _read_notices(bus: Bus) -> dict[str, msgspec.Struct]:
    notices: list[NoticeSent | NoticeSuperseded | NoticeFailed] = [
        *await read_superseded(bus),
        *await read_failed(bus),
        *await read_sent(bus),
    ]
    return {f"{notice.pnr} {notice.id} {type(notice).__name__}": notice for notice in notices}
