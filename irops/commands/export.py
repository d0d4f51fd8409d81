"""`irops export`: the streams as JSON lines in the contracts' shapes.

Every export but `state` is sorted, and those of states and notices are the same bytes for two runs that ended alike. A message
that cannot be read is named and left out, and the exit status is 1.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import typer

from bus import Bus
from contracts.ledger import (
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
)
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.offers import ANSWER_REFUSED, TRIP_OFFERED
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED
from contracts.reservations import BOOKING_AMENDED, BOOKING_CONTRADICTED, BOOKING_WITHDRAWN
from contracts.subject import Subject
from irops.lines.json_lines import lines_of
from irops.system.connection import system
from irops.system.reading import (
    read_bookings,
    read_failed,
    read_fares,
    read_flights,
    read_pointless,
    read_seats,
    read_sent,
    read_superseded,
)
from irops.system.state import state_lines
from irops.terminal.command import run

_FACTS: Sequence[Subject[Any]] = (
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
    BOOKING_CONTRADICTED,
    TRIP_OFFERED,
    ANSWER_REFUSED,
)
_PLANS: Sequence[Subject[Any]] = (PLAN_PROPOSED, PLAN_REFUSED)


class Line(msgspec.Struct, frozen=True):
    """A message with its subject, where its fields alone would not tell what it is."""

    subject: str
    message: msgspec.Struct


export = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write what the streams hold to stdout, one JSON object per line.",
)


@export.command("flights")
def export_flights() -> None:
    """Each flight as the monitor has it (`Flight`), sorted. It is not a `FlightStatus`, which `irops import flights` reads.

    Example: irops export flights | head -1
    """
    run(_export(read_flights))


@export.command("seats")
def export_seats() -> None:
    """Each flight's seats and who holds them (`SeatLedger`), sorted.

    Example: irops export seats | head -1
    """
    run(_export(read_seats))


@export.command("fares")
def export_fares() -> None:
    """The open fares of each flight (`Fare`), sorted: from a feed, or from the pricer's ladder. One that is closed has none. It
    is not a `FareStatus`, which `irops import fares` reads.

    Example: irops export fares | head -1
    """
    run(_export(read_fares))


@export.command("bookings")
def export_bookings() -> None:
    """Each party and the trip it has now (`Booking`), sorted. Personal data: mind where it goes.

    Example: irops export bookings > bookings.jsonl
    """
    run(_export(read_bookings))


@export.command("notices")
def export_notices() -> None:
    """The outcome of every notice, sorted: `NoticeSent` (has a `channel`), `NoticeFailed` (has `tried`), `NoticeSuperseded` or
    `NoticePointless`.

    A `NoticeFailed` is the last failed attempt, also of a notice that was sent after it; `irops notices` lists those that were
    not.

    Example: irops export notices | grep -c '"channel":'
    """
    run(_export(_read_notices))


@export.command("facts")
def export_facts() -> None:
    """What happened to seats and bookings (`SeatsDisrupted`, `BookingChanged`, ...), each with its subject, sorted by it.

    Personal data: mind where it goes. Facts are kept for two weeks.

    Example: irops export facts | grep booking.stranded
    """
    run(_export(lambda bus: _read_by_subject(bus, _FACTS)))


@export.command("plans")
def export_plans() -> None:
    """What the planner proposed and the booker refused (`PlanProposed`, `PlanRefused`), each with its subject, sorted by it.

    Plans name the revisions they were made on, which differ from run to run. Plans are kept for two weeks.

    Example: irops export plans | grep plan.refused
    """
    run(_export(lambda bus: _read_by_subject(bus, _PLANS)))


@export.command("state")
def export_state() -> None:
    """The whole state: clock, flights, seats, bookings, facts, plans and notices, in stream order, for `irops import state`.

    Take it while nothing is pending (`irops status`): a running system changes while it is read. Personal data: mind where it
    goes. Raw feed statuses, dead letters and letters are not part of it.

    Example: irops export state > state.jsonl
    """
    run(_write(_encoded_state))


async def _export(read: Callable[[Bus], Awaitable[Mapping[str, msgspec.Struct]]]) -> int:
    async def lines(bus: Bus) -> AsyncIterator[bytes]:
        for line in lines_of(await read(bus)):
            yield line

    return await _write(lines)


async def _write(lines: Callable[[Bus], AsyncIterator[bytes]]) -> int:
    async with system() as bus:
        async for line in lines(bus):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return 1 if bus.unreadable else 0


async def _read_notices(bus: Bus) -> dict[str, msgspec.Struct]:
    notices: list[NoticeSent | NoticeSuperseded | NoticePointless | NoticeFailed] = [
        *await read_superseded(bus),
        *await read_pointless(bus),
        *await read_failed(bus),
        *await read_sent(bus),
    ]
    return {f"{notice.pnr} {notice.id} {type(notice).__name__}": notice for notice in notices}


async def _read_by_subject(bus: Bus, subjects: Sequence[Subject[Any]]) -> dict[str, msgspec.Struct]:
    return {r.subject: Line(r.subject, r.message) for subject in subjects async for r in bus.history(subject)}


async def _encoded_state(bus: Bus) -> AsyncIterator[bytes]:
    encode = msgspec.json.encode
    async for line in state_lines(bus):
        yield encode(line) + b"\n"
