"""A letter about a request: that it is done, at what price, by which rule, and how the booking is now; or that it was refused,
why, and what can be done.

It is sent whatever happens since, for money has moved. A trip about which something has happened is left to the letters about
that.
"""

from collections.abc import Mapping

from msgspec import Struct, structs

from agents.notifier.domain.known import Known
from contracts.flights import Instant
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, Journey, Leg, Ticket
from contracts.names import BY_LAND, Airport, FlightKey, Mode, Pnr
from contracts.notices import RequestReported
from contracts.requests import Act, Movement, Price, Quote, Refusal, RequestDone, RequestRefused, Wanted

Answer = RequestDone | RequestRefused
_STAYS = ("kept", "left")
"""Of money that does not move."""


class TripNow(Struct, frozen=True, kw_only=True):
    """A trip as it is booked; as the templates list flights."""

    number: int
    ticket: Ticket
    trip: tuple[Leg, ...]
    """Its flights, with the seats that the party has on them. Empty: other letters are about it."""
    by_land: Mapping[FlightKey, Mode] = {}
    flying: None = None
    retimed: Mapping[FlightKey, Leg] = {}
    awaited: frozenset[FlightKey] = frozenset()
    closing: Mapping[FlightKey, Leg] = {}


class NewQuote(Struct, frozen=True, kw_only=True):
    """What the same costs now."""

    price: Price
    movements: tuple[Movement, ...]
    until: Instant
    place: Airport
    """In whose zone that is written; empty: in none, as UTC."""


class RequestLetter(Struct, frozen=True, kw_only=True):
    """What the letter has to say, before any language. The template sees this and nothing else."""

    pnr: Pnr
    reference: str
    """What the party knows its booking by."""
    acts: tuple[Act, ...]
    """What was asked for; empty: not known any more."""
    wanted: Wanted = Wanted()
    """The same, with what acts do not say: how many bags, for which passenger, for what."""
    refusal: Refusal | None = None
    """None: it is done."""
    left: tuple[Leg, ...] = ()
    """The flights that the party had and has no more, as it had them."""
    trips: tuple[TripNow, ...] = ()
    """All others of the booking, in order; of what was refused, none."""
    without: tuple[Ticket, ...] = ()
    """Of journeys that wait, and are given no other trip any more."""
    price: Price = Price()
    movements: tuple[Movement, ...] = ()
    """The money that moves."""
    words: tuple[str, ...] = ()
    """Of the rules that decided."""
    offer: NewQuote | None = None

    @property
    def reported(self) -> RequestReported:
        """What a record of the letter says of it."""
        return RequestReported(
            done=self.refusal is None,
            movements=self.movements,
            trips={trip.number: tuple(leg.flight for leg in trip.trip) for trip in self.trips if trip.trip},
            seats={leg.flight: leg.seats for trip in self.trips for leg in trip.trip if leg.seats},
        )


def done_letter(
    done: RequestDone, booking: Booking, known: Known, seats: Mapping[FlightKey, tuple[SeatNumber, ...]]
) -> RequestLetter:
    """`booking` is as the request left it or later; `seats`: those that the party has by number."""
    changed = {journey.number: journey for journey in done.journeys}
    kept = {leg.flight for journey in done.journeys for leg in journey.after}
    return RequestLetter(
        pnr=done.pnr,
        reference=booking.reference,
        acts=done.acts,
        wanted=done.wanted,
        left=tuple(leg for journey in done.journeys for leg in journey.before if leg.flight not in kept),
        trips=tuple(
            _trip(journey, known, seats, is_so=journey.number not in changed or journey.last_fact == done.id)
            for journey in booking.journeys
            if journey.number not in done.wanted.leave
        ),
        without=tuple(journey.ticket for journey in booking.journeys if journey.number in done.wanted.leave),
        price=done.price,
        movements=_moving(done.price),
        words=_words(tuple(rule.words for rule in done.cites)),
    )


def refused_letter(refused: RequestRefused, booking: Booking, used: Quote | None, offer: Quote | None) -> RequestLetter:
    """`used`: the quote that the request named; `offer`: the new one. None where there is none any more."""
    asked = used or offer
    by_rule = used is not None and refused.refusal == "not allowed"
    return RequestLetter(
        pnr=refused.pnr,
        reference=booking.reference,
        acts=asked.acts if asked else (),
        wanted=asked.asked.wanted if asked else Wanted(),
        refusal=refused.refusal,
        words=_words(tuple(rule.words for rule in used.cites)) if used and by_rule else (),
        offer=_new_quote(offer, booking) if offer else None,
    )


def _trip(journey: Journey, known: Known, seats: Mapping[FlightKey, tuple[SeatNumber, ...]], *, is_so: bool) -> TripNow:
    """`is_so`: nothing has happened to it since the request."""
    flights = [known.flights.get(leg.flight) for leg in journey.legs]
    is_so &= not journey.offer and not any(flight and flight.phase == "cancelled" for flight in flights)
    legs = tuple(
        structs.replace(known.shown(leg), seats=seats.get(leg.flight, ()), sold_as=journey.number_bought(leg.flight))
        for leg in (journey.legs if is_so else ())
    )
    by_land = {leg.flight: mode for leg in legs if (mode := known.mode(leg)) in BY_LAND}
    return TripNow(number=journey.number, ticket=journey.ticket, trip=legs, by_land=by_land)


def _new_quote(offer: Quote, booking: Booking) -> NewQuote:
    place = booking.journeys[0].ticket.origin if booking.journeys else ""
    return NewQuote(price=offer.price, movements=_moving(offer.price), until=offer.until, place=place)


def _moving(price: Price) -> tuple[Movement, ...]:
    return tuple(each for each in price.movements if each.what not in _STAYS)


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
