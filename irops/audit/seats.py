"""Seats: how many the bookings hold, and whether the ledger agrees."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from datetime import timedelta
from itertools import pairwise

from contracts.flights import Flight
from contracts.ledger import Booking, Connection, Holding, Journey, JourneyKey, Leg, SeatLedger, WaitlistEntry
from contracts.names import Cabin, FlightKey, Pnr
from irops.audit.feed import NO_REPORT, Reports
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past
from irops.audit.rules import TripRules
from irops.audit.services import miscounted_on_board
from irops.audit.stops import got_off, stays_on_board
from irops.audit.streams import Streams, named
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


def kept_for(bookings: Mapping[Pnr, Booking]) -> Taken:
    """Count the seats that are kept, beside those held, for parties which have not answered an offer yet."""
    kept: dict[FlightKey, dict[Cabin, int]] = {}
    for booking in bookings.values():
        for journey in booking.journeys:
            for each in journey.offered:
                cabins = kept.setdefault(each.flight, {})
                cabins[each.cabin] = cabins.get(each.cabin, 0) + booking.party.seats
    return kept


def together(one: Taken, other: Taken) -> Taken:
    """The seats of both."""
    if not other:
        return one
    return {
        flight: {
            cabin: one.get(flight, {}).get(cabin, 0) + other.get(flight, {}).get(cabin, 0)
            for cabin in {*one.get(flight, {}), *other.get(flight, {})}
        }
        for flight in {*one, *other}
    }


def oversold(
    taken: Taken,
    kept: Taken,
    streams: Streams,
    reports: Reports,
    pasts: Mapping[FlightKey, Past],
) -> Findings:
    """Seats held, or kept for offers, beyond a cabin's capacity: the smallest that ledger, monitor and feed have of it. A
    flight that the ledger lacks has none. Seats above it may be held as far as the ledger has them authorised, and the monitor
    ever had; none is kept there. Who is asked about another trip keeps what it has until then, also on a flight that is
    cancelled, or that it has to get off."""
    found = Findings()
    asked = _kept_while_asked(streams)
    for flight, cabins in together(taken, kept).items():
        ledger, state = streams.seats.get(flight), streams.flights.get(flight)
        layouts = [ledger.capacity if ledger else {}]
        if state and state.seats:
            layouts.append(state.seats)
        courses = reports.of.get(flight, NO_REPORT).courses
        if by_feed := [course.seats for course in courses if course and "seats" not in course.assumed]:
            layouts.append({cabin: max(seats.get(cabin, 0) for seats in by_feed) for cabin in cabins})
        for cabin in cabins:
            held, offered = (each.get(flight, {}).get(cabin, 0) for each in (taken, kept))
            capacity = min(layout.get(cabin, 0) for layout in layouts)
            free = max(0, capacity - held)
            if offered > free:
                found.add(f"{flight} {cabin}: {offered} seats kept for offers of {free}", count=offered - free)
            if held <= capacity:
                continue
            limit = max(capacity, _authorised(cabin, ledger, state, pasts.get(flight, NO_PAST)))
            held -= asked.get(flight, {}).get(cabin, 0)
            if held > limit:
                found.add(f"{flight} {cabin}: {held} seats held of {limit}", count=held - limit)
    return found


def _kept_while_asked(streams: Streams) -> Taken:
    """The seats of parties that are asked about a trip because they have to give these up."""
    kept: dict[FlightKey, dict[Cabin, int]] = {}
    for booking, journey in streams.journeys():
        for leg in journey.legs if journey.offer else ():
            ledger = streams.seats.get(leg.flight)
            if ledger and (ledger.phase == "cancelled" or booking.pnr in ledger.offloaded):
                cabins = kept.setdefault(leg.flight, {})
                cabins[leg.cabin] = cabins.get(leg.cabin, 0) + booking.party.seats
    return kept


def _authorised(cabin: Cabin, ledger: SeatLedger | None, state: Flight | None, past: Past) -> int:
    """The seats that may be held by intent: by the ledger, and at most as many as the monitor ever had."""
    number = ledger.authorised.get(cabin, 0) if ledger else 0
    most = past.authorised(state, cabin) if state else None
    return number if most is None else min(number, most)


def mismatches(streams: Streams, *, waiting: Set[JourneyKey]) -> Findings:
    """Seats that ledger and bookings have differently, one per flight and party; parties that wait and are not stranded, or
    the reverse. The journeys `waiting` for a brake or an answer keep what they had, on a flight that has left without them
    too."""
    found = Findings()
    matched: dict[FlightKey, int] = {}
    for pnr, booking in streams.bookings.items():
        undecided = {
            leg.flight for journey in booking.journeys if (pnr, journey.number) in waiting for leg in journey.legs
        }
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
            elif ledger.phase in LEFT and pnr in ledger.offloaded and leg.flight not in undecided:
                found.add(f"{leg.flight} {pnr}: left behind by it, and among the holders")
    for flight, ledger in streams.seats.items():
        if matched.get(flight, 0) != len(ledger.holders):
            for pnr in strangers(flight, ledger, streams.bookings):
                found.add(f"{flight} {pnr}: among the holders, not in the booking")
    for wrong in (
        *_kept_otherwise(streams),
        *_misfiled(streams),
        *_misled(streams),
        *_waits_wrongly(streams),
        *miscounted_on_board(streams),
    ):
        found.add(wrong)
    return found


def _kept_otherwise(streams: Streams) -> Iterator[str]:
    """Seats that bookings and ledger keep for offers differently, and offers that some of their states lack."""
    matched: dict[FlightKey, set[Pnr]] = {}
    for booking, journey in streams.journeys():
        name, key = named(booking, journey), (booking.pnr, journey.number)
        for each in journey.offered:
            ledger = streams.seats.get(each.flight)
            kept = ledger.on_offer.get(booking.pnr) if ledger else None
            matched.setdefault(each.flight, set()).add(booking.pnr)
            if kept is None or (kept.cabin, kept.seats) != (each.cabin, booking.party.seats):
                wanted = f"{booking.party.seats} {each.cabin}"
                yield f"{name}: {wanted} on offer on {each.flight} by the booking, {_holding(kept)} by the ledger"
        if journey.offered and not journey.offer:
            yield f"{name}: has seats on offer, and no offer"
        offer = streams.offers[key].id if key in streams.offers else ""
        if journey.offer != offer:
            yield f"{name}: its booking has the open offer {journey.offer or 'none'}, and there is {offer or 'none'}"
        entry = streams.waiting.get(key)
        if entry is not None and entry.is_offered != bool(journey.offer):
            yield f"{name}: waits {'' if entry.is_offered else 'not '}for an answer, and has {journey.offer or 'no'} offer"
    for flight, ledger in streams.seats.items():
        for pnr in sorted(ledger.on_offer.keys() - matched.get(flight, set())):
            yield f"{flight} {pnr}: seats on offer that no booking has"
    have = {(booking.pnr, journey.number) for booking, journey in streams.journeys()}
    for pnr, number in sorted(streams.offers.keys() - have):
        yield f"{pnr}: an open offer for journey {number}, which it does not have"


def _holding(kept: Holding | None) -> str:
    return f"{kept.seats} {kept.cabin}" if kept else "none"


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
    sellers = [flight.split(".")[0] for flight in (*journey.ticket.sold_as, *journey.ticket.flights)]
    if entry.carrier is not None and sellers[:1] != [entry.carrier]:
        yield f"waits as one with a ticket of {entry.carrier}, which {' and '.join(sellers[:1]) or 'no one'} sold"
    if entry.ticketed != journey.ticket.departs:
        yield f"waits by a ticket for {entry.ticketed}, and has one for {journey.ticket.departs}"
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
        own = [each.of(journey.ticket, booking.party) for journey in booking.journeys for each in sets]
        asked = {leg.flight for journey in booking.journeys if journey.offer for leg in journey.legs}
        for leg, following in pairwise(booking.all_legs):
            if not asked.isdisjoint((leg.flight, following.flight)):
                continue  # it cannot take both, and is asked about another trip
            stop = got_off(streams.seats.get(leg.flight), following, sets=own)
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
