"""Seats: how many the bookings hold, and whether the ledger agrees."""

from collections.abc import Mapping
from itertools import pairwise

from contracts.identity import goes_on
from contracts.ledger import Booking, SeatLedger
from contracts.names import Cabin, FlightKey, Pnr
from irops.audit.findings import Findings
from irops.audit.streams import Streams

Taken = Mapping[FlightKey, Mapping[Cabin, int]]
"""Seats held on each flight, by cabin."""


def taken_by(bookings: Mapping[Pnr, Booking]) -> Taken:
    """Count the seats that the bookings hold; a stranded party holds none."""
    taken: dict[FlightKey, dict[Cabin, int]] = {}
    for booking in bookings.values():
        for leg in booking.all_legs:
            cabins = taken.setdefault(leg.flight, {})
            cabins[leg.cabin] = cabins.get(leg.cabin, 0) + booking.party.seats
    return taken


def oversold(taken: Taken, seats: Mapping[FlightKey, SeatLedger]) -> Findings:
    """Seats held beyond a cabin's capacity. A flight that the ledger lacks has none."""
    found = Findings()
    for flight, cabins in taken.items():
        ledger = seats.get(flight)
        for cabin, held in cabins.items():
            capacity = ledger.capacity.get(cabin, 0) if ledger else 0
            if held > capacity:
                found.add(f"{flight} {cabin}: {held} seats held of {capacity}", count=held - capacity)
    return found


def mismatches(streams: Streams) -> Findings:
    """Seats that ledger and bookings have differently, one per flight and party; flights that ledger and monitor have
    differently, or that the ledger lacks although they have yet to depart."""
    found = Findings()
    matched: dict[FlightKey, int] = {}
    for pnr, booking in streams.bookings.items():
        for leg in booking.all_legs:
            ledger = streams.seats.get(leg.flight)
            held = ledger.holders.get(pnr) if ledger else None
            if held is None:
                found.add(f"{leg.flight} {pnr}: in the booking, not among the holders")
                continue
            matched[leg.flight] = matched.get(leg.flight, 0) + 1
            if held.cabin != leg.cabin or held.seats != booking.party.seats:
                wanted = f"{booking.party.seats} {leg.cabin}"
                found.add(f"{leg.flight} {pnr}: {wanted} in the booking, {held.seats} {held.cabin} held")
    for flight, ledger in streams.seats.items():
        if matched.get(flight, 0) != len(ledger.holders):
            for pnr in strangers(flight, ledger, streams.bookings):
                found.add(f"{flight} {pnr}: among the holders, not in the booking")
        state = streams.flights.get(flight)
        if state is not None and (state.phase != ledger.phase or state.last_change != ledger.last_change):
            found.add(
                f"{flight}: {ledger.phase} (change {ledger.last_change}) in the ledger, "
                f"{state.phase} (change {state.last_change}) in FLIGHTS"
            )
    for flight in sorted(streams.flights.keys() - streams.seats.keys()):
        state = streams.flights[flight]
        if state.phase == "scheduled" and state.departs > streams.now and any(state.seats.values()):
            found.add(f"{flight}: not in the ledger, {state.phase} (change {state.last_change}) in FLIGHTS")
    return found


def double_booked(streams: Streams) -> Findings:
    """Parties, each once, that hold seats outside their booking, are on one flight twice, or on two flights at one time."""
    found = Findings()
    wrong: dict[Pnr, str] = {}
    for flight, ledger in streams.seats.items():
        for pnr in strangers(flight, ledger, streams.bookings):
            wrong.setdefault(pnr, f"holds seats on {flight} outside its booking")
    for pnr, booking in streams.bookings.items():
        if len(booking.all_legs) < 2:
            continue
        if len({leg.flight for leg in booking.all_legs}) < len(booking.all_legs):
            wrong.setdefault(pnr, "is on one flight twice")
        for leg, following in pairwise(booking.all_legs):
            if following.departs < leg.arrives and not goes_on(leg.flight, following.flight):
                wrong.setdefault(pnr, f"leaves with {following.flight} before {leg.flight} arrives")
    for pnr, what in wrong.items():
        found.add(f"{pnr} {what}")
    return found


def strangers(flight: FlightKey, ledger: SeatLedger, bookings: Mapping[Pnr, Booking]) -> list[Pnr]:
    """Get the holders of seats on the flight whose booking does not have it."""
    found = []
    for pnr in ledger.holders:
        booking = bookings.get(pnr)
        if booking is None or not any(leg.flight == flight for leg in booking.all_legs):
            found.append(pnr)
    return found
