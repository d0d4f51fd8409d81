"""Seats: how many the bookings hold, and whether the ledger agrees."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from contracts.flights import Flight
from contracts.ledger import Booking, Connection, Journey, Leg, SeatLedger, WaitlistEntry
from contracts.names import Cabin, FlightKey, Pnr
from irops.audit.feed import NO_REPORT, Reports
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past
from irops.audit.rules import TripRules
from irops.audit.stops import got_off, stays_on_board
from irops.audit.streams import Streams
from irops.audit.times import LEFT

Taken = Mapping[FlightKey, Mapping[Cabin, int]]
"""Seats held on each flight, by cabin."""


def taken_by(bookings: Mapping[Pnr, Booking]) -> Taken:
    """Count the seats that the bookings hold; of a stranded party those that it has kept."""
    taken: dict[FlightKey, dict[Cabin, int]] = {}
    for booking in bookings.values():
        for leg in seated(booking):
            cabins = taken.setdefault(leg.flight, {})
            cabins[leg.cabin] = cabins.get(leg.cabin, 0) + booking.party.seats
    return taken


def oversold(
    taken: Taken,
    streams: Streams,
    reports: Reports,
    pasts: Mapping[FlightKey, Past],
) -> Findings:
    """Seats held beyond a cabin's capacity: the smallest that ledger, monitor and feed have of it. A flight that the ledger
    lacks has none. Seats above it may be held as far as the ledger has them authorised, and the monitor ever had."""
    found = Findings()
    for flight, cabins in taken.items():
        ledger, state = streams.seats.get(flight), streams.flights.get(flight)
        layouts = [ledger.capacity if ledger else {}]
        if state and state.seats:
            layouts.append(state.seats)
        courses = reports.of.get(flight, NO_REPORT).courses
        if by_feed := [course.seats for course in courses if course and "seats" not in course.assumed]:
            layouts.append({cabin: max(seats.get(cabin, 0) for seats in by_feed) for cabin in cabins})
        for cabin, held in cabins.items():
            capacity = min(layout.get(cabin, 0) for layout in layouts)
            if held <= capacity:
                continue
            limit = max(capacity, _authorised(cabin, ledger, state, pasts.get(flight, NO_PAST)))
            if held > limit:
                found.add(f"{flight} {cabin}: {held} seats held of {limit}", count=held - limit)
    return found


def _authorised(cabin: Cabin, ledger: SeatLedger | None, state: Flight | None, past: Past) -> int:
    """The seats that may be held by intent: by the ledger, and at most as many as the monitor ever had."""
    number = ledger.authorised.get(cabin, 0) if ledger else 0
    most = past.authorised(state, cabin) if state else None
    return number if most is None else min(number, most)


def mismatches(streams: Streams) -> Findings:
    """Seats that ledger and bookings have differently, one per flight and party; parties that wait and are not stranded, or
    the reverse."""
    found = Findings()
    matched: dict[FlightKey, int] = {}
    for pnr, booking in streams.bookings.items():
        for leg in seated(booking):
            ledger = streams.seats.get(leg.flight)
            held = ledger.holders.get(pnr) if ledger else None
            if ledger is None or held is None:
                found.add(f"{leg.flight} {pnr}: in the booking, not among the holders")
                continue
            matched[leg.flight] = matched.get(leg.flight, 0) + 1
            if held.cabin != leg.cabin or held.seats != booking.party.seats:
                wanted = f"{booking.party.seats} {leg.cabin}"
                found.add(f"{leg.flight} {pnr}: {wanted} in the booking, {held.seats} {held.cabin} held")
            elif leg.destination != ledger.destination:
                found.add(
                    f"{leg.flight} {pnr}: to {leg.destination} in the booking, to {ledger.destination} in the ledger"
                )
            elif leg.answered > ledger.last_disruption:
                found.add(f"{leg.flight} {pnr}: answered for {leg.answered} of {ledger.last_disruption} disruptions")
            elif ledger.phase in LEFT and pnr in ledger.offloaded:
                found.add(f"{leg.flight} {pnr}: left behind by it, and among the holders")
    for flight, ledger in streams.seats.items():
        if matched.get(flight, 0) != len(ledger.holders):
            for pnr in strangers(flight, ledger, streams.bookings):
                found.add(f"{flight} {pnr}: among the holders, not in the booking")
    for wrong in (*_misfiled(streams), *_misled(streams), *_waits_wrongly(streams)):
        found.add(wrong)
    return found


def _misfiled(streams: Streams) -> Iterator[str]:
    """Bookings under another key than follows from their record."""
    for pnr, booking in streams.bookings.items():
        if (record := booking.record) is not None:
            key = f"{record.carrier}-{record.locator}-{record.created_on:%Y%m%d}"
            if pnr != key:
                yield f"{pnr}: has the record of {key}"


def _waits_wrongly(streams: Streams) -> Iterator[str]:
    """Journeys that wait and are not stranded, or the reverse."""
    journeys = {(booking.pnr, journey.number): (booking, journey) for booking, journey in streams.journeys()}
    for key in sorted(streams.waiting.keys() | journeys.keys()):
        if wrong := _misplaced(journeys.get(key), streams.waiting.get(key)):
            yield f"{key[0]} {wrong}" if key[1] == 1 else f"{key[0]} journey {key[1]} {wrong}"


def _misled(streams: Streams) -> Iterator[str]:
    """Flights for which the ledger has a party come from, or go on to, another flight than its booking has: on the journey, or
    on the next one where less than a day is between the two."""
    wanted: dict[FlightKey, dict[Pnr, Connection]] = {}
    for pnr, booking in streams.bookings.items():
        around: dict[FlightKey, list[FlightKey | None]] = {leg.flight: [None, None] for leg in booking.all_legs}
        for one, other in _meeting(booking):
            around[one.flight][1], around[other.flight][0] = other.flight, one.flight
        for flight, (before, after) in around.items():
            if before or after:
                wanted.setdefault(flight, {})[pnr] = Connection(before, after)
    for flight, ledger in streams.seats.items():
        booked = wanted.get(flight, {})
        for pnr in sorted(ledger.connecting.keys() | booked.keys()):
            has, books = ledger.connecting.get(pnr), booked.get(pnr)
            if has != books:
                yield f"{flight} {pnr}: connects by {_worded(has)} in the ledger, by {_worded(books)} in the booking"


def _meeting(booking: Booking) -> Iterator[tuple[Leg, Leg]]:
    for journey in booking.journeys:
        yield from pairwise(journey.legs)
    for before, following in pairwise(booking.journeys):
        for last, first in zip(before.legs[-1:], following.legs[:1], strict=False):
            if first.departs - last.arrives < timedelta(days=1):
                yield last, first


def _worded(connection: Connection | None) -> str:
    return "nothing" if connection is None else f"{connection.inbound or '-'} and {connection.onward or '-'}"


def _misplaced(known: tuple[Booking, Journey] | None, entry: WaitlistEntry | None) -> str | None:
    """Why a journey's place on the waitlist, or its lack of one, is wrong."""
    if known is None:
        return "waits, and has no such journey"
    booking, journey = known
    if journey.state != "stranded":
        if journey.held:
            return f"keeps seats on {journey.held[0].flight} to wait with, and is {journey.state}"
        return f"waits, and is {journey.state}" if entry else None
    return next(_waits_otherwise(booking, journey, entry), None) if entry else "is stranded, and does not wait"


def _waits_otherwise(booking: Booking, journey: Journey, entry: WaitlistEntry) -> Iterator[str]:
    """What the waitlist has of a stranded journey and the booking has not."""
    if entry.seats != booking.party.seats:
        yield f"waits for {entry.seats} seats, and needs {booking.party.seats}"
    _, following = booking.neighbours(journey.number)
    first = (following.number, following.legs[0].flight) if following and following.legs else None
    noted = (entry.following.journey, entry.following.flight) if entry.following else None
    if noted != first:
        yield f"waits, and its next journey is {noted or 'none'} by the waitlist and {first or 'none'} by the booking"
    kept = [leg.flight for leg in journey.held]
    if entry.connections != (sold := max(0, len(journey.ticket.flights) - 1)):
        yield f"waits as one that was sold {entry.connections} connections, and was sold {sold}"
    if list(entry.held) != kept:
        yield f"waits with seats on {_listed(entry.held)} by the waitlist, and on {_listed(kept)} by the booking"


def _listed(flights: Sequence[FlightKey]) -> str:
    return " and ".join(flights) or "no flight"


def double_booked(streams: Streams, *, sets: Collection[TripRules]) -> Findings:
    """Parties, each once, that hold seats outside their booking, are on one flight twice, or on two flights at one time, by
    each of these sets."""
    found = Findings()
    wrong: dict[Pnr, str] = {}
    for flight, ledger in streams.seats.items():
        for pnr in strangers(flight, ledger, streams.bookings):
            wrong.setdefault(pnr, f"holds seats on {flight} outside its booking")
    for pnr, booking in streams.bookings.items():
        flights = [leg.flight for leg in seated(booking)]
        if len(flights) < 2:
            continue
        if len(set(flights)) < len(flights):
            wrong.setdefault(pnr, "is on one flight twice")
        for leg, following in pairwise(booking.all_legs):
            stop = got_off(streams.seats.get(leg.flight), following, sets=sets)
            arrives = stop.arrived_at if stop else leg.arrives
            if following.departs < arrives and not stays_on_board(leg.flight, following.flight, streams.flights):
                wrong.setdefault(pnr, f"leaves with {following.flight} before {leg.flight} arrives")
    for pnr, what in wrong.items():
        found.add(f"{pnr} {what}")
    return found


def strangers(flight: FlightKey, ledger: SeatLedger, bookings: Mapping[Pnr, Booking]) -> list[Pnr]:
    """Get the holders of seats on the flight whose booking does not have it."""
    found = []
    for pnr in ledger.holders:
        booking = bookings.get(pnr)
        if booking is None or not any(leg.flight == flight for leg in seated(booking)):
            found.append(pnr)
    return found


def seated(booking: Booking) -> list[Leg]:
    """The flights on which the party has seats, with a trip or without."""
    return [leg for journey in booking.journeys for leg in (*journey.legs, *journey.held)]
