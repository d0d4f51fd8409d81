"""`irops import` and `irops export`: facts in, facts out, as JSON lines in the contracts' shapes."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
import typer

from bus import AskFailed, Bus, Unavailable, derived_id
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.ledger import Booking
from contracts.notices import NoticeFailed, NoticeSent, NoticeSuperseded
from irops.lines import Bad, Good, lines_of, numbered, parse
from irops.reading import read_bookings, read_failed, read_flights, read_seats, read_sent, read_superseded
from irops.shell import Failed, run, said, system

M = TypeVar("M", bound=msgspec.Struct)

_ANSWERS_WITHIN = timedelta(seconds=60)

File = Annotated[str, typer.Argument(help="A file of JSON lines; - reads stdin.", metavar="FILE")]

bring_in = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Bring in flight statuses or bookings, a JSON object a line."
)
hand_out = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write what the streams hold to stdout, a JSON object a line, sorted.",
)


@bring_in.command("flights")
def import_flights(file: File) -> None:
    """Publish flight statuses, as a feed does.

    Each line is a `FlightStatus` (see `irops contracts`), with no other fields. A bad line is reported with its number and
    reason, the good ones are kept, and the exit status is 1 if any was bad. Lines may repeat and come in any order. What the
    monitor then does not believe, as it would of any feed, its log tells.

    Example: irops import flights flights.jsonl

    Example: my-feed | irops import flights -
    """
    run(_import(file, FlightStatus, _publish))


@bring_in.command("bookings")
def import_bookings(file: File) -> None:
    """Ask the booker to take in bookings, each with its seats.

    Each line is a `Booking` (see `irops contracts`), with no other fields; its flights must be known and have the seats. A bad
    line, or one the booker refuses, is reported with its number and reason, the good ones are kept, and the exit status is 1 if
    any was bad. A booking that the system has already is good: a file may be imported again.

    Example: irops import bookings bookings.jsonl
    """
    run(_import(file, Booking, _ask))


@hand_out.command("flights")
def export_flights() -> None:
    """Every flight as the monitor has it (`Flight`, which is not the `FlightStatus` that a feed says).

    Example: irops export flights | head -1
    """
    run(_export(read_flights))


@hand_out.command("seats")
def export_seats() -> None:
    """Every flight's seats and who holds them (`SeatLedger`).

    Example: irops export seats | head -1
    """
    run(_export(read_seats))


@hand_out.command("bookings")
def export_bookings() -> None:
    """Every party and the trip it has now (`Booking`). Personal data: mind where it goes.

    Example: irops export bookings > bookings.jsonl
    """
    run(_export(read_bookings))


@hand_out.command("notices")
def export_notices() -> None:
    """The outcome of every notice: `NoticeSent` (has a `channel`), `NoticeSuperseded`, or `NoticeFailed` (has `tried`).

    Example: irops export notices | grep -c '"channel":'
    """
    run(_export(_read_notices))


Refusals = list[Bad]
Take = Callable[[Bus, Sequence[Good[M]]], Awaitable[Refusals]]
"""Hands good lines on and answers those that were refused."""


async def _import(file: str, message: type[M], take: Take[M]) -> int:
    name = "stdin" if file == "-" else file
    taken = refused = upto = 0
    with _opened(file) as opened:
        async with system() as bus:
            try:
                async for lines in numbered(opened):
                    read = list(parse(lines, message))
                    good = [line for line in read if isinstance(line, Good)]
                    bad = [line for line in read if isinstance(line, Bad)]
                    bad += await take(bus, good) if good else []
                    for line in sorted(bad, key=lambda line: line.number):
                        typer.echo(f"{name}:{line.number}: {line.reason}", err=True)
                    taken += len(read) - len(bad)
                    refused += len(bad)
                    upto = lines[-1][0]
            except (Unavailable, AskFailed, OSError) as failure:
                raise Failed(f"{said(failure)}; {name} is in up to line {upto}, try again from there") from failure
    typer.echo(f"{taken} taken in, {refused} refused")
    return 1 if refused else 0


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
            yield stdin
        return
    try:
        opened = Path(file).open("rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as failure:
        raise Failed(f"cannot read {file}: {failure.strerror}", status=2) from failure
    with opened:
        yield opened


async def _publish(bus: Bus, lines: Sequence[Good[FlightStatus]]) -> Refusals:
    async def one(status: FlightStatus) -> None:
        identity = derived_id("import", status.flight, msgspec.json.encode(status).decode())
        await bus.append(FLIGHT_STATUS.of(status), identity=identity)

    for at in range(0, len(lines), 64):  # one at a time would wait for the disk each time
        await asyncio.gather(*(one(line.message) for line in lines[at : at + 64]))
    return []


async def _ask(bus: Bus, lines: Sequence[Good[Booking]]) -> Refusals:
    refusals: Refusals = []
    for group in _without_repeats(lines):
        question = ImportBookings(bookings=tuple(line.message for line in group))
        answer = await bus.ask(IMPORT_BOOKINGS, question, timeout=_ANSWERS_WITHIN)
        numbers = {line.message.pnr: line.number for line in group}
        refusals += [Bad(numbers[pnr], f"{pnr} {why}") for pnr, why in answer.refused.items()]
    return refusals


def _without_repeats(lines: Sequence[Good[Booking]]) -> Iterator[list[Good[Booking]]]:
    """Groups in which no party comes twice: refusals are told by party, and have to find their line."""
    group: dict[str, Good[Booking]] = {}
    for line in lines:
        if line.message.pnr in group:
            yield list(group.values())
            group = {}
        group[line.message.pnr] = line
    if group:
        yield list(group.values())


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
