"""Reads the streams once, for the audit, the report and the exports.

While agents work, the result is not a snapshot: a state may be newer than a fact that was read before it. Judge only when no
work is pending (`irops.system.pending`).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct

from bus import Bus
from bus.clock import wall
from bus.operations import stream_state
from contracts.brakes import BRAKE_ENDED, BRAKE_SET, BRAKED, BRAKES
from contracts.care import CARE_OWED
from contracts.fares import FARE, Fare
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_DOUBTED, FLIGHT_STATUS, Flight
from contracts.forget import TOMBSTONE
from contracts.layouts import LAYOUT
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_REASSIGNED,
    WAITLIST,
    Booking,
    SeatLedger,
)
from contracts.names import FlightKey, Pnr
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    NoticePointless,
    NoticeSent,
    NoticeSuperseded,
)
from contracts.offers import ANSWER_REFUSED, OFFER, OFFER_ANSWERED, TRIP_OFFERED
from contracts.plans import PLAN_REFUSED
from contracts.requests import PAYMENT_DUE, QUOTE, REQUEST_DONE, REQUEST_MADE, REQUEST_REFUSED
from contracts.reservations import BOOKING_AMENDED, BOOKING_CONTRADICTED, BOOKING_WITHDRAWN, RESERVATION_STATUS
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE
from contracts.subject import Subject
from irops.audit import Streams
from irops.system.connection import settings

M = TypeVar("M", bound=Struct)
_MARGIN = timedelta(hours=1)
"""Facts this close to expiry count as expired: reading takes time, and the server's clock may differ."""
_FARE_TAKES = timedelta(seconds=5)
"""By then a change of seats is in the flight's fare, if it changes it."""
_NO_FLIGHTS = datetime.min.replace(tzinfo=UTC)

_BOOKING_FACTS: tuple[Subject[Any], ...] = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)
_RESERVATION_FACTS: tuple[Subject[Any], ...] = (BOOKING_AMENDED, BOOKING_WITHDRAWN, BOOKING_CONTRADICTED)
_REQUEST_FACTS: tuple[Subject[Any], ...] = (REQUEST_DONE, REQUEST_REFUSED)


async def read_streams(bus: Bus, *, horizon: datetime | None = None, at: datetime | None = None) -> Streams:
    """Read everything the audit needs: 200,000 bookings take a few seconds. `horizon`: the last instant a new trip may depart;
    None: the last scheduled departure. `at`: the wall-clock time by which facts expire; None: now. The views of `bus` must have
    been started. Raises `Unavailable`."""
    remembered = await _remembered(bus, at or wall())
    with _no_collection():
        flights: dict[FlightKey, Flight] = {}
        bookings: dict[Pnr, Booking] = {}
        written: dict[Pnr, int] = {}
        expired: set[Pnr] = set()
        whole = True
        async for flight in bus.history(FLIGHT):
            if not flight.message.operated_as:
                flights[flight.message.flight] = flight.message
            whole = whole and flight.stored_at >= remembered
        async for r in bus.history(BOOKING):
            bookings[r.message.pnr] = r.message
            written[r.message.pnr] = r.sequence
            if r.stored_at < remembered:
                expired.add(r.message.pnr)
        reports = [r async for r in bus.history(FLIGHT_STATUS)]
        seats = [r async for r in bus.history(SEAT_LEDGER)]
        fares = await read_fares(bus)
        offered = [(r.sequence, r.message) async for r in bus.history(TRIP_OFFERED)]
        ids = {(fact.pnr, fact.id) for _, fact in offered}
        streams = Streams(
            flights=flights,
            changes=[(r.sequence, r.message) async for r in bus.history(FLIGHT_CHANGED)],
            statuses=[(r.sequence, r.message) for r in reports],
            came_at={r.sequence: bus.came_at(r) for r in reports},
            doubted=[r.message async for r in bus.history(FLIGHT_DOUBTED)],
            seats={r.message.flight: r.message for r in seats},
            fares=fares,
            fares_on_their_way={
                r.message.flight
                for r in seats
                if (fare := fares.get(r.message.flight))
                and fare.ledger < r.sequence
                and r.stored_at > wall() - _FARE_TAKES
            },
            bookings=bookings,
            written=written,
            expired=expired,
            whole=whole and not expired,
            redacted=bool([tombstone async for tombstone in bus.history(TOMBSTONE)]),
            waiting={(r.message.pnr, r.message.journey): r.message async for r in bus.history(WAITLIST)},
            facts=[(r.sequence, r.message) for subject in _BOOKING_FACTS async for r in bus.history(subject)],
            adopted=[(r.sequence, r.message) async for r in bus.history(RULES_ADOPTED)],
            in_force=[r.message async for r in bus.history(RULES_IN_FORCE)],
            brakes=[(r.sequence, r.message) async for r in bus.history(BRAKE_SET)],
            brakes_ended=[(r.sequence, r.message) async for r in bus.history(BRAKE_ENDED)],
            brakes_in_force=[r.message async for r in bus.history(BRAKES)],
            braked={r.message.key: r.message async for r in bus.history(BRAKED)},
            amended=[(r.sequence, r.message) for subject in _RESERVATION_FACTS async for r in bus.history(subject)],
            reservations=[(r.sequence, r.message) async for r in bus.history(RESERVATION_STATUS)],
            quotes={(r.message.pnr, r.message.id): r.message async for r in bus.history(QUOTE)},
            requests=[r.message async for r in bus.history(REQUEST_MADE)],
            answered=[(r.sequence, r.message) for subject in _REQUEST_FACTS async for r in bus.history(subject)],
            payments=[r.message async for r in bus.history(PAYMENT_DUE)],
            offers={(r.message.pnr, r.message.journey): r.message async for r in bus.history(OFFER)},
            offered=offered,
            withdrawn=[
                (r.sequence, r.message) async for r in bus.history(PLAN_REFUSED) if (r.message.pnr, r.message.id) in ids
            ],
            replies=[r.message async for r in bus.history(OFFER_ANSWERED)],
            replies_refused=[(r.sequence, r.message) async for r in bus.history(ANSWER_REFUSED)],
            disrupted=[(r.sequence, r.message) async for r in bus.history(SEATS_DISRUPTED)],
            reassigned=[(r.sequence, r.message) async for r in bus.history(SEATS_REASSIGNED)],
            layouts={r.message.layout: r.message async for r in bus.history(LAYOUT)},
            sent=await read_sent(bus),
            superseded=await read_superseded(bus),
            pointless=await read_pointless(bus),
            failed=await read_failed(bus),
            care={(r.message.pnr, r.message.journey): r.message async for r in bus.history(CARE_OWED)},
            now=bus.now(),
            horizon=horizon or max((f.scheduled_departure for f in flights.values()), default=_NO_FLIGHTS),
        )
    unreadable = [f"message {at} of {stream}: {why}" for (stream, at), why in bus.unreadable.items()]
    return replace(
        streams,
        unreadable=unreadable,
        written_in_shadow=frozenset(bus.written_in_shadow),
        is_shadow=bus.shadow is not None,
    )


async def _remembered(bus: Bus, at: datetime) -> datetime:
    """Since when the facts about bookings and the record of notices are both complete."""
    notices = (await stream_state(bus.nc, NOTICE_SENT.stream)).max_age
    ages = [age for age in (settings().retention.facts, notices) if age]
    return at - min(ages) + _MARGIN if ages else _NO_FLIGHTS


@contextmanager
def _no_collection() -> Iterator[None]:
    """Switch garbage collection off for the block: everything read is kept, and collecting takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


async def read_flights(bus: Bus) -> dict[FlightKey, Flight]:
    """Get each flight as the monitor has it, without the other numbers under which flights are sold."""
    return {r.message.flight: r.message async for r in bus.history(FLIGHT) if not r.message.operated_as}


async def read_seats(bus: Bus) -> dict[FlightKey, SeatLedger]:
    """Get each flight's seats as the booker has them."""
    return {r.message.flight: r.message async for r in bus.history(SEAT_LEDGER)}


async def read_fares(bus: Bus) -> dict[FlightKey, Fare]:
    """Get each flight's open fares as the pricer has them."""
    return {r.message.flight: r.message async for r in bus.history(FARE)}


async def read_bookings(bus: Bus) -> dict[Pnr, Booking]:
    """Get each party and its trip."""
    return {r.message.pnr: r.message async for r in bus.history(BOOKING)}


async def read_sent(bus: Bus) -> list[NoticeSent]:
    """The letters that a channel accepted."""
    return [r.message async for r in bus.history(NOTICE_SENT)]


async def read_superseded(bus: Bus) -> list[NoticeSuperseded]:
    """The notices not sent because a later fact about the booking exists."""
    return [r.message async for r in bus.history(NOTICE_SUPERSEDED)]


async def read_pointless(bus: Bus) -> list[NoticePointless]:
    """The notices not sent because nothing in them lay ahead of their reader any more."""
    return [r.message async for r in bus.history(NOTICE_POINTLESS)]


async def read_failed(bus: Bus) -> list[NoticeFailed]:
    """The last failed attempt at each notice, also of one that was sent after it."""
    return [r.message async for r in bus.history(NOTICE_FAILED)]
