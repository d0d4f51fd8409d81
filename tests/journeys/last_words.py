"""What a reservation system says of offers, in time or not: it answers them, or has a trip in the next version of a booking."""

from collections.abc import Sequence

from msgspec import structs

from contracts.ledger import Booking, Leg
from contracts.names import origin_of
from contracts.offers import OfferAnswered, TripOffered
from contracts.reservations import ReservationStatus
from tests.journeys.reserving import ReservationSystem, leg_on
from tests.journeys.two_domains import TwoDomains

_LATELY = 4
"""So many offers are on its mind, be they open or not."""


def confirms(
    there: ReservationSystem, system: TwoDomains, number: int, *, trip: str, party: str
) -> ReservationStatus | None:
    """The version that names an offer which `number` chooses; None if there is none of which it has the booking still.

    `trip`: `offered`; `ahead`, without the first leg; `another`, that is not of the offer; or `unchanged`.
    `party`: `same`, `larger`, `smaller` or `corrected`.
    """
    offer = _chosen(system, number)
    known = there.bookings.get(offer.pnr) if offer else None
    if offer is None or known is None or known.journey(offer.journey) is None:
        return None
    if party == "corrected":
        known = structs.replace(known, party=structs.replace(known.party, contact=f"{number}@example.org"))
    elif party != "same":
        seats = max(1, known.party.seats + {"larger": 1, "smaller": -1}[party])
        known = structs.replace(known, party=structs.replace(known.party, passengers=seats, seats=seats))
    legs: Sequence[Leg] = offer.trips[number % len(offer.trips)]
    if trip == "ahead":
        legs = legs[1:] or legs
    elif trip == "another":
        legs = _another(system, offer, number) or legs
    return there.says_of(known if trip == "unchanged" else _on(known, offer.journey, legs), offer=offer.id)


def answers(system: TwoDomains, number: int) -> OfferAnswered | None:
    """Its answer to an offer that `number` chooses, whether or not it is asked; or one that it has given before."""
    own = [each for each in system.answers if each.by == "system"]
    if own and number % 5 == 4:
        return own[number % len(own)]
    offer = _chosen(system, number)
    if offer is None:
        return None
    is_left = number % 3 == 0
    return OfferAnswered(
        pnr=offer.pnr,
        journey=offer.journey,
        id=f"answer-{len(system.answers) + 1}",
        offer=offer.id,
        answer="leave" if is_left else "take",
        option="" if is_left else ("", *offer.options)[number % (len(offer.options) + 1)],
        by="system",
        made_at=system.now,
    )


def _chosen(system: TwoDomains, number: int) -> TripOffered | None:
    lately = [fact for _, fact in system.offered[-_LATELY:]]
    return lately[number % len(lately)] if lately else None


def _another(system: TwoDomains, offer: TripOffered, number: int) -> Sequence[Leg]:
    """A flight that is not of the offer, from where its trips begin to where they end; none if there is none."""
    (first, *_), last = offer.trips[0], offer.trips[0][-1]
    named = {leg.flight for trip in offer.trips for leg in trip}
    flights = [
        each
        for each in system.flights.values()
        if (origin_of(each.flight), each.destination) == (origin_of(first.flight), last.destination)
        and each.flight not in named
    ]
    return (leg_on(flights[number % len(flights)], last.cabin),) if flights else ()


def _on(booking: Booking, number: int, legs: Sequence[Leg]) -> Booking:
    """The booking with these on one of its journeys."""
    journeys = tuple(
        [structs.replace(each, legs=tuple(legs)) if each.number == number else each for each in booking.journeys]
    )
    return structs.replace(booking, journeys=journeys)
