"""`irops import`: JSON lines in the contracts' shapes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
import typer
from msgspec import structs

from bus import AskFailed, Bus, Commit, Conflict, TooLarge, Unavailable, Write, derived_id
from bus.airports import zones
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.fares import FARE_STATUS, FareStatus, fares_fault
from contracts.flights import FLIGHT, FLIGHT_STATUS, FlightStatus
from contracts.identity import canonical, canonical_status, other_departure
from contracts.layouts import LAYOUT, Layout
from contracts.ledger import Booking
from contracts.passengers import KNOWN_SSRS, needs_of
from contracts.reservations import RESERVATION_STATUS, ReservationStatus, incoherent
from contracts.subject import Addressed
from irops.lines.bookings import parse_bookings
from irops.lines.json_lines import Bad, Good, numbered, parse
from irops.lines.layouts import NoTables, parse_layouts, tables
from irops.system.clock import clock_note
from irops.system.connection import system
from irops.system.restoring import State
from irops.system.state import BadLine
from irops.terminal.command import run
from irops.terminal.failures import Failed, complain, describe

M = TypeVar("M", bound=msgspec.Struct)

_ANSWERS_WITHIN = timedelta(seconds=60)
_ENVELOPE = 1024
"""Bytes of an `ImportBookings` around its bookings, and of its headers."""

File = Annotated[str, typer.Argument(help="A file of JSON lines; - reads stdin.", metavar="FILE")]

import_ = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Bring in flight statuses, fares, layouts, bookings, changes of them, or another system's exported state.",
)


@import_.command("flights")
def import_flights(file: File) -> None:
    """Publish flight statuses, as a feed does.

    Each line is a `FlightStatus` (see `irops contracts`), with no other fields. A bad line is reported with its number and
    reason, good lines are published, and the exit status is 1 if any line was bad. Lines may repeat and come in any order.
    Other spellings of a flight (JBU.083 for B6.83) become its key; a date that is not the origin's own is refused. The monitor
    checks each status as it does any feed's, and logs those it ignores.

    Example: irops import flights flights.jsonl

    Example: my-feed | irops import flights -
    """
    run(_import(file, lambda lines: parse(lines, FlightStatus), _publish))


@import_.command("fares")
def import_fares(file: File) -> None:
    """Publish the open fares of flights, as a feed does.

    Each line is a `FareStatus` (see `irops contracts`), with no other fields: for each cabin and fare family the lowest open
    fare, and how many seats can be bought at it. A bad line is reported with its number and reason, good lines are published,
    and the exit status is 1 if any line was bad. Lines may repeat and come in any order: the newest of a flight holds. The
    pricer shows them in place of its ladder's, with no more seats than the ledger has free: `irops export fares`.

    Example: irops import fares fares.jsonl
    """
    run(_import(file, lambda lines: parse(lines, FareStatus), _publish_fares))


@import_.command("bookings")
def import_bookings(file: File) -> None:
    """Ask the booker to take in bookings, each with its seats.

    Each line is a `Booking` (see `irops contracts`), with no other fields; one of a single journey may give `ticket` and `legs`
    in place of `journeys`, and one with a `record` needs no `pnr`. Its flights must be known and have the seats; the first may
    have been flown. A special service that no rule knows is kept, and named for a person to see to. A bad line, or one that
    the booker refuses, is reported with its number and reason, good lines are imported, and the exit status is 1 if any line
    was bad. A booking that the system already has is good: a file may be imported again.

    Example: irops import bookings bookings.jsonl
    """
    run(_import(file, parse_bookings, _ask, remark=_for_a_person))


@import_.command("reservations")
def import_reservations(file: File) -> None:
    """Publish what a reservation system says of its bookings: the whole booking as it is there now, or that it is withdrawn.

    Each line is a `ReservationStatus` (see `irops contracts`), with no other fields. A bad line is reported with its number and
    reason, good lines are published, and the exit status is 1 if any line was bad. Lines may repeat and come in any order: the
    highest version of a booking holds. A booking that is split is one line, of the new booking: `split_from` has what is left
    of the other one. The booker applies each, or says in `booking.contradicted` why not: `irops marks`.

    Example: irops import reservations reservations.jsonl
    """
    run(_import(file, lambda lines: parse(lines, ReservationStatus), _publish_reservations))


@import_.command("layouts")
def import_layouts(file: File) -> None:
    """Publish layouts: which seats an aircraft has, by number.

    Each line is a `Layout` (see `irops contracts`), with no other fields; in a file whose name ends in .toml each [[layouts]]
    table is one. A bad one is reported with its number and reason, good ones are published, and the exit status is 1 if any was
    bad. What a name stands for stays: one that is known with other seats is refused, the same one again is good. A flight has
    the layout that its status names (`FlightStatus.layout`); publish layouts before such statuses.

    Example: irops import layouts layouts.toml
    """
    lines = tables if file.endswith(".toml") else numbered
    run(_import(file, parse_layouts, _keep_layouts, read=lines))


@import_.command("state")
def import_state(file: File) -> None:
    """Restore the state of another system, as `irops export state` wrote it, into an empty one before its agents start.

    Refused where an agent runs or the streams hold anything: only the booker writes a ledger in use. One bad line, and nothing
    is imported. Event time goes on as it did in the other system. Agents that start afterwards send no letter again.

    Example: irops provision; irops import state state.jsonl
    """
    run(_restore(file))


Refusals = list[Bad]
Take = Callable[[Bus, Sequence[Good[M]]], Awaitable[Refusals]]
"""Passes good lines on, and returns those that were refused."""
Read = Callable[[BinaryIO], AsyncIterator[list[tuple[int, bytes]]]]
Parse = Callable[[Sequence[tuple[int, bytes]]], Iterator[Good[M] | Bad]]


def _nothing(_message: object) -> str:
    return ""


async def _import(
    file: str, parsed: Parse[M], take: Take[M], *, remark: Callable[[M], str] = _nothing, read: Read = numbered
) -> int:
    name = "stdin" if file == "-" else file
    taken = refused = upto = 0
    with _opened(file) as opened:
        async with system() as bus:
            try:
                async for lines in read(opened):
                    found = list(parsed(lines))
                    good = [line for line in found if isinstance(line, Good)]
                    bad = [line for line in found if isinstance(line, Bad)]
                    bad += await take(bus, good) if good else []
                    reasons = {line.number: line.reason for line in bad}
                    taken_in = (line for line in good if line.number not in reasons)
                    remarks = {line.number: text for line in taken_in if (text := remark(line.message))}
                    for number, text in sorted((reasons | remarks).items()):
                        typer.echo(f"{name}:{number}: {text}", err=True)
                    taken += len(found) - len(bad)
                    refused += len(bad)
                    upto = lines[-1][0] if lines else upto
            except NoTables as failure:
                raise Failed(f"{name} is {failure}", status=2) from failure
            except (Unavailable, AskFailed, OSError) as failure:
                raise Failed(f"{describe(failure)}; {name} is imported up to line {upto}; import it again") from failure
            note = clock_note(bus)
    typer.echo(f"{taken} imported, {refused} refused")
    if note:
        complain(note)
    return 1 if refused else 0


async def restored(bus: Bus, file: str) -> str:
    """Restore an exported state into an empty system; returns a line about it. Raises `Failed`, `Unavailable`."""
    state = await _read_state(file)
    expired = await state.restore(bus)
    return f"{len(state) - expired} messages imported" + (f", {expired} have expired" if expired else "")


async def _restore(file: str) -> int:
    async with system() as bus:
        typer.echo(await restored(bus, file))
        if note := clock_note(bus):
            complain(note)
    return 0


async def _read_state(file: str) -> State:
    name = "stdin" if file == "-" else file
    state, bad = State(), 0
    with _opened(file) as opened:
        async for lines in numbered(opened):
            for number, line in lines:
                try:
                    state.add(line)
                except BadLine as failure:
                    bad += 1
                    typer.echo(f"{name}:{number}: {failure}", err=True)
    if bad:
        raise Failed(f"nothing is imported: {bad} of the lines cannot be restored")
    return state


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


async def _publish_reservations(bus: Bus, lines: Sequence[Good[ReservationStatus]]) -> Refusals:
    async def refused(line: Good[ReservationStatus]) -> str | None:
        status = line.message
        if why := incoherent(status):
            return f"{status.pnr} version {status.version}: {why}"
        identity = derived_id("import", status.pnr, msgspec.json.encode(status).decode())
        return await _appended(bus, RESERVATION_STATUS.of(status), identity)

    return await _some_at_once(lines, refused)


async def _publish_fares(bus: Bus, lines: Sequence[Good[FareStatus]]) -> Refusals:
    async def refused(line: Good[FareStatus]) -> str | None:
        status = structs.replace(line.message, flight=canonical(line.message.flight))
        if why := fares_fault(status.fares):
            return f"{status.flight}: {why}"
        identity = derived_id("import", "fares", status.flight, msgspec.json.encode(status).decode())
        return await _appended(bus, FARE_STATUS.of(status), identity)

    return await _some_at_once(lines, refused)


async def _keep_layouts(bus: Bus, lines: Sequence[Good[Layout]]) -> Refusals:
    refusals: Refusals = []
    for line in lines:
        layout = line.message
        try:
            await bus.commit(Commit(states=[Write(LAYOUT.of(layout), 0)]))
        except Conflict:
            key = LAYOUT.key(layout=layout.layout)
            known = (await bus.load([key]))[key]
            if known is None or known.message != layout:
                why = "is known with other seats: flights may have given them out, so these need another name"
                refusals.append(Bad(line.number, f"{layout.layout} {why}"))
    return refusals


async def _publish(bus: Bus, lines: Sequence[Good[FlightStatus]]) -> Refusals:
    async def refused(line: Good[FlightStatus]) -> str | None:
        status = canonical_status(line.message)
        if why := await _other_departure(bus, status):
            return f"{status.flight}: {why}"
        identity = derived_id("import", status.flight, msgspec.json.encode(status).decode())
        return await _appended(bus, FLIGHT_STATUS.of(status), identity)

    return await _some_at_once(lines, refused)


async def _appended(bus: Bus, addressed: Addressed[M], identity: str) -> str | None:
    """Publish; get why the message cannot be."""
    try:
        await bus.append(addressed, identity=identity)
    except TooLarge as failure:
        return str(failure)
    return None


async def _some_at_once(lines: Sequence[Good[M]], refused: Callable[[Good[M]], Awaitable[str | None]]) -> Refusals:
    """Take 64 lines at a time: one at a time would wait for the disk each time."""
    refusals: Refusals = []
    for at in range(0, len(lines), 64):
        share = lines[at : at + 64]
        for line, why in zip(share, await asyncio.gather(*map(refused, share)), strict=True):
            if why is not None:
                refusals.append(Bad(line.number, why))
    return refusals


async def _other_departure(bus: Bus, status: FlightStatus) -> str | None:
    """Why the status is not about its key's departure. The flight is read only where that can make a difference."""
    if other_departure(status, None, zones=zones()) is None:
        return None
    key = FLIGHT.key(flight=status.flight)
    known = (await bus.load([key]))[key]
    return other_departure(status, known.message if known else None, zones=zones())


def _for_a_person(booking: Booking) -> str:
    """What the system keeps of the booking and does nothing about."""
    unknown = sorted({*booking.party.ssrs, *needs_of(booking.passengers)} - KNOWN_SSRS)
    return f"imported, and for a person to see to: {', '.join(unknown)}, which no rule knows" if unknown else ""


async def _ask(bus: Bus, lines: Sequence[Good[Booking]]) -> Refusals:
    refusals: Refusals = []
    for group in _groups(lines, most=bus.max_payload - _ENVELOPE):
        question = ImportBookings(bookings=tuple(line.message for line in group))
        try:
            answer = await bus.ask(IMPORT_BOOKINGS, question, timeout=_ANSWERS_WITHIN)
        except TooLarge as failure:  # one booking alone
            refusals += [Bad(line.number, str(failure)) for line in group]
            continue
        numbers = {line.message.pnr: line.number for line in group}
        refusals += [Bad(numbers[pnr], f"{pnr} {why}") for pnr, why in answer.refused.items()]
    return refusals


def _groups(lines: Sequence[Good[Booking]], *, most: int) -> Iterator[list[Good[Booking]]]:
    """Groups of at most `most` bytes, or of one booking, in which no party occurs twice: refusals are by party, and each is
    reported with its line."""
    group: dict[str, Good[Booking]] = {}
    size = 0
    for line in lines:
        bytes_ = len(msgspec.json.encode(line.message)) + 1
        if group and (line.message.pnr in group or size + bytes_ > most):
            yield list(group.values())
            group, size = {}, 0
        group[line.message.pnr] = line
        size += bytes_
    if group:
        yield list(group.values())
