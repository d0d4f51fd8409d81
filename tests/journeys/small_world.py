"""Worlds of a few flights and parties, built by hand: what is sold, and the statuses of a feed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from msgspec import structs

from bus.airports import zones
from contracts.flights import Flight, FlightStatus
from contracts.layouts import Layout, LayoutName, SeatNumber, Section
from contracts.ledger import Booking, Connection, Holding, Journey, Language, Leg, Party, SeatLedger, Ticket, Tier
from contracts.money import whole_fare
from contracts.names import Airport, Cabin, Carrier, FlightKey, Pnr, flight_key, origin_of
from contracts.passengers import Passenger, Ssr
from simulation.parties import SeededFlight
from tests.single_journey import altered

T0 = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
"""The start of these worlds: seven in the morning in New York."""
HORIZON = T0 + timedelta(days=3)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def _connections(booking: Booking) -> Iterator[tuple[FlightKey, Connection]]:
    """Within each journey, and over a stay of less than a day to the next one."""
    legs = booking.all_legs
    ends = {journey.legs[-1].flight for journey in booking.journeys}
    meets = [
        first.flight not in ends or second.departs - first.arrives < timedelta(days=1)
        for first, second in pairwise(legs)
    ]
    for i, leg in enumerate(legs):
        inbound = legs[i - 1].flight if i and meets[i - 1] else None
        onward = legs[i + 1].flight if i + 1 < len(legs) and meets[i] else None
        if inbound or onward:
            yield leg.flight, Connection(inbound, onward)


class World:
    """Flights with their seats, and parties on them."""

    def __init__(self, *, begins: datetime = T0) -> None:
        """`begins`: what the hours and minutes below count from."""
        self.begins = begins
        self.flights: dict[FlightKey, Flight] = {}
        self.bookings: dict[Pnr, Booking] = {}
        self.layouts: dict[LayoutName, Layout] = {}
        self.numbers: dict[tuple[FlightKey, Pnr], tuple[SeatNumber, ...]] = {}
        """The seats by number that parties hold on flights with a layout."""

    def layout(self, name: LayoutName, letters: str, *, rows: int, **more: Any) -> Layout:
        """One cabin of such rows, and no other."""
        section = Section(cabin="economy", first=1, last=rows, letters=letters)
        self.layouts[name] = Layout(layout=name, sections=(section,), **more)
        return self.layouts[name]

    def flight(
        self,
        number: int,
        origin: Airport = "JFK",
        to: Airport = "SFO",
        *,
        leaves: float,
        takes: float = 6,
        economy: int = 10,
        first: int = 0,
        layout: LayoutName | None = None,
        carrier: Carrier = "B6",
    ) -> FlightKey:
        """A flight that leaves so many hours after it begins and takes so many."""
        departs, arrives = self.begins + hours(leaves), self.begins + hours(leaves + takes)
        key = flight_key(carrier, str(number), origin, departs.astimezone(zones()[origin]).date())
        self.flights[key] = Flight(
            flight=key,
            destination=to,
            phase="scheduled",
            last_change=1,
            scheduled_departure=departs,
            scheduled_arrival=arrives,
            departs=departs,
            arrives=arrives,
            announced_departure=departs,
            announced_arrival=arrives,
            observed_at=self.begins - hours(24),
            seats={"first": first, "economy": economy},
            layout=layout,
        )
        return key

    def party(
        self,
        pnr: Pnr,
        *on: FlightKey,
        seats: int = 1,
        cabin: Cabin = "economy",
        tier: Tier = "none",
        fare: int = 200,
        language: Language = "en",
        ssrs: tuple[Ssr, ...] = (),
        remark: str = "",
        people: tuple[Passenger, ...] = (),
    ) -> Pnr:
        """A party that holds a ticket, and seats, for these flights."""
        booking = self.booking(
            pnr, *on, seats=seats, cabin=cabin, tier=tier, fare=fare, language=language, ssrs=ssrs, remark=remark
        )
        self.bookings[pnr] = structs.replace(booking, passengers=people)
        return pnr

    def booking(self, pnr: Pnr, *on: FlightKey, cabin: Cabin = "economy", seats: int = 1, **party: Any) -> Booking:
        """A booking that this world does not hold yet."""
        paid = whole_fare(party.pop("fare", 0))
        who = Party(
            passengers=seats, seats=seats, cabin=cabin, contact=f"{pnr.lower()}@example.org", paid=paid, **party
        )
        return Booking(pnr=pnr, party=who, journeys=(self._journey(1, on, cabin),))

    def marry(self, pnr: Pnr) -> None:
        """The flights of this party's one journey were sold as one."""
        first, *others = self.bookings[pnr].all_legs
        legs = (first, *(structs.replace(leg, married=True) for leg in others))
        self.bookings[pnr] = altered(self.bookings[pnr], legs=legs)

    def several(self, pnr: Pnr, *trips: tuple[FlightKey, ...], cabin: Cabin = "economy", seats: int = 1) -> Pnr:
        """A party that holds tickets, and seats, for these journeys."""
        booking = self.booking(pnr, *trips[0], cabin=cabin, seats=seats)
        journeys = tuple([self._journey(number, on, cabin) for number, on in enumerate(trips, start=1)])
        self.bookings[pnr] = structs.replace(booking, journeys=journeys)
        return pnr

    def _journey(self, number: int, on: tuple[FlightKey, ...], cabin: Cabin) -> Journey:
        flown = [self.flights[flight] for flight in on]
        return Journey(
            number=number,
            ticket=Ticket(
                origin=origin_of(on[0]),
                destination=flown[-1].destination,
                departs=flown[0].departs,
                arrives=flown[-1].arrives,
                flights=on,
            ),
            legs=tuple(
                Leg(flight=f.flight, destination=f.destination, cabin=cabin, departs=f.departs, arrives=f.arrives)
                for f in flown
            ),
        )

    def seeded(self) -> list[SeededFlight]:
        """Everything, as seeding writes it."""
        return [
            SeededFlight(
                flight, self._ledger(flight), [b for b in self.bookings.values() if b.all_legs[0].flight == key]
            )
            for key, flight in self.flights.items()
        ]

    def _ledger(self, flight: Flight) -> SeatLedger:
        return SeatLedger(
            flight=flight.flight,
            destination=flight.destination,
            phase="scheduled",
            departs=flight.departs,
            arrives=flight.arrives,
            capacity=flight.seats,
            last_change=1,
            holders={
                pnr: Holding(leg.cabin, booking.party.seats)
                for pnr, booking in self.bookings.items()
                for leg in booking.all_legs
                if leg.flight == flight.flight
            },
            connecting={
                pnr: connection
                for pnr, booking in self.bookings.items()
                for key, connection in _connections(booking)
                if key == flight.flight
            },
            layout=flight.layout,
            numbers={pnr: numbers for (on, pnr), numbers in self.numbers.items() if on == flight.flight},
        )

    # What a feed says.

    def status(self, flight: FlightKey, *, minute: float = 0, late: float = 0, **fields: Any) -> FlightStatus:
        """A status observed so many minutes after it begins, of a flight expected so many hours `late`."""
        known = self.flights[flight]
        status = FlightStatus(
            flight=flight,
            destination=known.destination,
            observed_at=self.begins + timedelta(minutes=minute),
            scheduled_departure=known.scheduled_departure,
            scheduled_arrival=known.scheduled_arrival,
            **fields,
        )
        if late:
            status = structs.replace(
                status,
                estimated_departure=known.scheduled_departure + hours(late),
                estimated_arrival=known.scheduled_arrival + hours(late),
            )
        return status
