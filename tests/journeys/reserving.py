"""A reservation system that changes, withdraws and splits the bookings of a world, as it has them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import structs

from contracts.flights import Flight
from contracts.ledger import Booking, Leg, Party
from contracts.money import Money, PaidItem, fares
from contracts.names import Cabin, FlightKey, Id, Pnr, origin_of
from contracts.reservations import BookingContradicted, ReservationStatus, SplitFrom


class ReservationSystem:
    """It does not know what irops does, save that a person corrects here what irops contradicts."""

    def __init__(self, bookings: Mapping[Pnr, Booking]) -> None:
        self.bookings = {**bookings}
        """Those that are not withdrawn."""
        self.versions = dict.fromkeys(bookings, 0)
        self._before: dict[tuple[Pnr, int], Booking | None] = {}

    def says(self, what: str, which: int, flights: Mapping[FlightKey, Flight]) -> ReservationStatus | None:
        """What it says next, of a booking and a flight that `which` chooses; None if there is nothing of this kind."""
        if not self.bookings:
            return None
        known = self.bookings[sorted(self.bookings)[which % len(self.bookings)]]
        seats = known.party.seats
        if what == "withdrawn":
            return self._withdrawn(known.pnr)
        if what == "split":
            return self._split(known, new=f"{known.pnr}{len(self.versions)}") if seats > 1 else None
        to = [
            each for each in flights.values() if each.destination == "SFO" and origin_of(each.flight) in ("JFK", "LGA")
        ]
        return self.says_of(
            {
                "corrected": _with_party(known, contact=f"{which}@example.org"),
                "smaller": _with_seats(known, max(seats - 1, 1)),
                "larger": _with_seats(known, seats + 1),
                "elsewhere": _on(known, to[which % len(to)]),
            }[what]
        )

    def hears(self, fact: BookingContradicted) -> None:
        """A person takes back the version that is contradicted, if nothing has been changed since."""
        before = self._before.get((fact.pnr, fact.version))
        if self.versions[fact.pnr] == fact.version:
            self.bookings.pop(fact.pnr, None)
            if before is not None:
                self.bookings[fact.pnr] = before

    def says_of(self, booking: Booking, *, offer: Id = "") -> ReservationStatus:
        """It has this booking now, with a trip of the `offer` if it names one."""
        self._notes(booking.pnr, booking)
        return ReservationStatus(pnr=booking.pnr, version=self.versions[booking.pnr], booking=booking, offer=offer)

    def _withdrawn(self, pnr: Pnr) -> ReservationStatus:
        self._notes(pnr, None)
        return ReservationStatus(pnr=pnr, version=self.versions[pnr], withdrawn=True)

    def _split(self, known: Booking, *, new: Pnr) -> ReservationStatus:
        """One of the party leaves, with a share of each fare."""
        items = [
            PaidItem(kind="fare", price=Money(amount=amount, currency=currency))
            for currency, amount in fares(known.party.paid).items()
        ]
        left = _with_party(_with_seats(known, known.party.seats - 1), paid=_shares(items, less=10))
        one = _with_party(_with_seats(known, 1), paid=_shares(items, of=10), contact=f"{new}@example.org")
        one = structs.replace(one, pnr=new)
        self.versions[new] = 0
        self._notes(known.pnr, left)
        self._notes(new, one)
        split = SplitFrom(pnr=known.pnr, version=self.versions[known.pnr], booking=left)
        return ReservationStatus(pnr=new, version=self.versions[new], booking=one, split_from=split)

    def _notes(self, pnr: Pnr, booking: Booking | None) -> None:
        self.versions[pnr] += 1
        self._before[pnr, self.versions[pnr]] = self.bookings.pop(pnr, None)
        if booking is not None:
            self.bookings[pnr] = booking


def _shares(items: Iterable[PaidItem], *, of: int = 0, less: int = 0) -> tuple[PaidItem, ...]:
    """So much of each item, or so much less than it."""
    shares = ((item, Decimal(of) if of else item.price.amount - less) for item in items)
    return tuple([structs.replace(item, price=structs.replace(item.price, amount=share)) for item, share in shares])


def _with_party(booking: Booking, **changes: object) -> Booking:
    party: Party = structs.replace(booking.party, **changes)
    return structs.replace(booking, party=party)


def _with_seats(booking: Booking, seats: int) -> Booking:
    return _with_party(booking, passengers=seats, seats=seats)


def _on(booking: Booking, flight: Flight) -> Booking:
    """The booking with this flight alone on its first journey."""
    journey, *others = booking.journeys
    legs = (leg_on(flight, booking.party.cabin),)
    return structs.replace(booking, journeys=(structs.replace(journey, legs=legs), *others))


def leg_on(flight: Flight, cabin: Cabin) -> Leg:
    """A seat on it, at its announced times."""
    return Leg(
        flight=flight.flight,
        destination=flight.destination,
        cabin=cabin,
        departs=flight.announced_departure,
        arrives=flight.announced_arrival,
    )
