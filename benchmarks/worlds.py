"""Synthetic worlds for benchmarks: flights, parties and plans as large as in a storm, without the record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from bus import derived_id
from contracts.flights import Flight
from contracts.layouts import Layout, Section
from contracts.ledger import SEAT_LEDGER, Booking, Holding, Journey, Leg, Party, SeatLedger, Ticket
from contracts.money import whole_fare
from contracts.names import Airport, FlightKey, Pnr, flight_key
from contracts.plans import Evidence, Option, PlannedLeg, PlanProposed
from simulation.parties import SeededFlight

DAY = date(2013, 2, 8)
NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
PARTIES_A_FLIGHT = 60
NARROW = Layout(
    layout="narrow-150", sections=(Section(cabin="economy", first=1, last=25, letters="ABC DEF"),), exits=(10, 11)
)
"""The layout of flights whose seats are given out by number."""
SEATS = tuple(NARROW.cabin_of())


def airport(market: int) -> Airport:
    """A made-up destination for each market."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"{letters[market // 676 % 26]}{letters[market // 26 % 26]}{letters[market % 26]}"


def flight(
    number: int,
    *,
    departs: datetime,
    parties: int,
    capacity: int = 150,
    carrier: str = "B6",
    destination: Airport = "MCO",
    remark: str = "",
    layout: Layout | None = None,
) -> SeededFlight:
    """A flight from JFK with this many parties of two, each with a booking and this remark; with `layout` in seats of
    `NARROW`, by number."""
    key = flight_key(carrier, str(number), "JFK", DAY)
    arrives = departs + timedelta(hours=3)
    bookings = [
        _booking(f"{carrier}{number:04}{i:03}", key, departs, arrives, destination, remark=remark)
        for i in range(parties)
    ]
    state = Flight(
        flight=key,
        destination=destination,
        phase="scheduled",
        last_change=1,
        scheduled_departure=departs,
        scheduled_arrival=arrives,
        departs=departs,
        arrives=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
        observed_at=departs - timedelta(days=1),
        seats={"economy": capacity},
        layout=layout.layout if layout else None,
    )
    seats = SeatLedger(
        flight=key,
        destination=destination,
        phase="scheduled",
        departs=departs,
        arrives=arrives,
        capacity={"economy": capacity},
        last_change=1,
        holders={b.pnr: Holding("economy", b.party.seats) for b in bookings},
        layout=layout.layout if layout else None,
        numbers={b.pnr: SEATS[2 * at : 2 * at + 2] for at, b in enumerate(bookings)} if layout else {},
    )
    return SeededFlight(state, seats, bookings)


def flights(
    first: int, count: int, *, parties: int, capacity: int = 150, hours: float = 6, layout: Layout | None = None
) -> Iterator[SeededFlight]:
    departs = NOW + timedelta(hours=hours)
    for i in range(count):
        yield flight(first + i, departs=departs, parties=parties, capacity=capacity, layout=layout)


def move(booking: Booking, revision: int, to: FlightKey, *, arrives: datetime, at: datetime) -> PlanProposed:
    """A plan as large as a real one: five options, three pieces of evidence."""
    leg = PlannedLeg(flight=to, cabin="economy", last_disruption=0)
    terms = {"delay": 180.0, "airport": 0.0, "carrier": 15.0}
    option = Option(id=derived_id(to)[:12], legs=(leg,), arrives=arrives, cost=195.0, terms=terms)
    evidence = Evidence(subject=SEAT_LEDGER.key(flight=to).name, revision=12345, written_at=at)
    return PlanProposed(
        pnr=booking.pnr,
        id=derived_id("bench", booking.pnr),
        verdict="move",
        reason="cancelled",
        booking_revision=revision,
        as_of=1,
        options=(option,) * 5,
        evidence=(evidence,) * 3,
        planned_at=at,
        rules=1,
    )


def _booking(
    pnr: Pnr, on: FlightKey, departs: datetime, arrives: datetime, destination: Airport, *, remark: str
) -> Booking:
    return Booking(
        pnr=pnr,
        party=Party(
            passengers=2,
            seats=2,
            cabin="economy",
            paid=whole_fare(420),
            contact=f"{pnr.lower()}@passengers.example",
            remark=remark,
        ),
        journeys=(
            Journey(
                ticket=Ticket(origin="JFK", destination=destination, departs=departs, arrives=arrives, flights=(on,)),
                legs=(Leg(flight=on, destination=destination, cabin="economy", departs=departs, arrives=arrives),),
            ),
        ),
    )
