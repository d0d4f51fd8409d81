"""Other seats by number on flights of the party, for all of it that need one. Its flights stay.

| asked for | outcome |
|---|---|
| seats that are free, in its cabin, and that each of it may have, a minor beside its adult | it has them |
| others | impossible; a refused request is quoted again for seats near them, where there are any |
| on a flight that gives out no seats by number, or that has left, or where it has to get off | impossible |

Which seats these are is in the ledger of the flight alone.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import structs

from agents.booker.domain.asked_seats import kinds_of, others_near, seats_fault
from agents.booker.domain.requests.facts import About
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.paying import paid_for_seats
from agents.booker.domain.requests.wish import Becomes, Wish
from agents.booker.domain.seating import Numbers, Request, request_of
from agents.booker.domain.seatmaps import Free, SeatMap, give_back, take
from contracts.ledger import Booking
from contracts.requests import Act, Quote, SeatsWanted, Wanted
from policy.fares import Answer, Value


class SitElsewhere(Wish):
    """`Wanted.seats`."""

    name = "seats"

    def is_asked(self, wanted: Wanted) -> bool:
        return bool(wanted.seats)

    def acts(self, _wanted: Wanted, _known: Known) -> tuple[Act, ...]:
        return ("change_seat",)

    def about(self, wanted: Wanted, booking: Booking) -> About:
        return About(_numbers(wanted), paid_for=About.all_of(booking).journeys)

    def facts(self, wanted: Wanted, known: Known) -> Mapping[str, Value]:
        new, kinds, before = 0, set[str](), set[str]()
        for each in wanted.seats:
            seats, own = _map(each, known), _own(each, known)
            new += len(set(each.seats).difference(own))
            kinds.update(kinds_of(seats, each.seats) if seats else ())
            before.update(kinds_of(seats, own) if seats else ())
        return {
            "new_seats": Decimal(new), "seat_kinds": frozenset(kinds), "seat_kinds_before": frozenset(before)
        }  # fmt: skip

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        flights = [each.flight for each in wanted.seats]
        if len(set(flights)) < len(flights):
            raise Impossible("a flight is named twice")
        for each in wanted.seats:
            seats, open_, request = _asked(each, known)
            if request.had == _own(each, known):
                raise Impossible(f"{each.flight}: it sits there already")
            if fault := seats_fault(seats, open_, request):
                raise Impossible(f"{each.flight}: {fault}")
        return Becomes(known.booking, seats={each.flight: each.seats for each in wanted.seats})

    def instead(self, wanted: Wanted, known: Known) -> Wanted | None:
        near = tuple(_near(each, known) for each in wanted.seats)
        return Wanted(seats=near) if near != wanted.seats and all(each.seats for each in near) else None

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], _booking: Booking) -> str:
        if answer.gives_up and answer.gives_up.amount:
            return "something is given up of what was paid, and no flight is"
        return ""

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_for_seats(merged, agreed, _numbers(agreed.asked.wanted))


def _numbers(wanted: Wanted) -> frozenset[int]:
    return frozenset(each.journey for each in wanted.seats)


def _asked(each: SeatsWanted, known: Known) -> tuple[SeatMap, Free, Request]:
    """The seats of the flight, those that the party could have, and what it asks for. Raises `Impossible`."""
    booking, flight = known.booking, each.flight
    journey = booking.journey(each.journey)
    if journey is None:
        raise Impossible(f"the booking has no journey {each.journey}")
    if flight not in {leg.flight for leg in journey.legs}:
        raise Impossible(f"journey {each.journey} is not on {flight}")
    ledger = known.flights[flight]
    held = ledger.holders[booking.pnr]
    if flight in known.flown[each.journey] or ledger.presumed_phase != "scheduled":
        raise Impossible(f"{flight} is {ledger.presumed_phase}, or presumed to have left")
    if booking.pnr in ledger.offloaded:
        raise Impossible(f"there are too few seats on {flight}, and the party is moved to another one")
    seats = _map(each, known)
    if seats is None:
        raise Impossible(f"{flight} gives out no seats by number")
    free = known.layouts.free(ledger)
    give_back(seats, free, _own(each, known))
    return seats, free, request_of(booking, held.cabin, held.seats, had=each.seats)


def _near(each: SeatsWanted, known: Known) -> SeatsWanted:
    """Seats near those asked for, others than the party has, unless it asks for these; none where there are none."""
    try:
        seats, open_, request = _asked(each, known)
    except Impossible:
        return structs.replace(each, seats=())
    take(seats, open_, set(_own(each, known)).difference(each.seats))
    return structs.replace(each, seats=others_near(seats, open_, request))


def _map(each: SeatsWanted, known: Known) -> SeatMap | None:
    """The seats of the flight; None where it gives out none by number."""
    ledger = known.flights.get(each.flight)
    return known.layouts.get(ledger.layout) if ledger else None


def _own(each: SeatsWanted, known: Known) -> Numbers:
    """Where the party sits now."""
    ledger = known.flights.get(each.flight)
    return ledger.numbers.get(known.booking.pnr, ()) if ledger else ()
