"""What has become of a journey, from its booking, the facts about it and the states of its flights, as laws ask for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from contracts.care import LostFlight
from contracts.flights import Flight
from contracts.ledger import Booking, BookingFact, BookingKept, BookingStranded, Journey, Leg
from contracts.money import Money
from contracts.names import Airport, Carrier, FlightKey, carrier_of
from policy.rights import Case, Sold, Stage, Trip

_LEFT = frozenset({"departed", "diverted", "landed", "arrived"})
_ELSEWHERE = frozenset({"rerouted", "diverted", "landed"})
_FARE = frozenset({"fare", "tax", "carrier_charge"})


def lost_by(fact: BookingFact) -> Iterator[LostFlight]:
    """The flights that a fact takes from the party. Moved back to its own, it loses none."""
    if isinstance(fact, BookingKept) or fact.reason in ("restored", "amended"):
        return
    kept = (*fact.flown, *fact.held) if isinstance(fact, BookingStranded) else fact.after
    still = {leg.flight for leg in kept}
    for leg in fact.before:
        if leg.flight not in still:
            yield LostFlight(
                flight=leg.flight, reason=fact.reason, informed_at=fact.decided_at, broken_by=fact.broken_by
            )


def still_lost(lost: Iterable[LostFlight], journey: Journey) -> tuple[LostFlight, ...]:
    """Each flight once for each reason, as of when the party was first informed; not those that it has seats on again, nor
    those that were never sold to it: irops gave and took them."""
    seated = {leg.flight for leg in journey.seated}
    first: dict[tuple[FlightKey, str], LostFlight] = {}
    for each in sorted(lost, key=lambda each: each.informed_at):
        if each.flight in journey.ticket.flights and each.flight not in seated:
            first.setdefault((each.flight, each.reason), each)
    return tuple(first.values())


def flights_of(journey: Journey, lost: Iterable[LostFlight]) -> tuple[FlightKey, ...]:
    """Every flight on whose course the rights of this journey depend."""
    found = dict.fromkeys(journey.ticket.flights)
    found.update(dict.fromkeys(leg.flight for leg in journey.legs))
    found.update(dict.fromkeys(each.broken_by for each in lost if each.broken_by))
    return tuple(found)


def case_of(
    booking: Booking,
    journey: Journey,
    *,
    lost: Sequence[LostFlight],
    flights: Mapping[FlightKey, Flight],
    waits_at: Airport | None,
    now: datetime,
) -> Case:
    """What the laws judge."""
    ticket, party = journey.ticket, booking.party
    trip = trip_of(journey, flights)
    cancelled = [flight for flight in ticket.flights if _is_cancelled(flight, lost, flights)]
    denied = [each.flight for each in lost if each.reason == "downgauged" and each.flight not in cancelled]
    broken = [each for each in lost if each.reason == "misconnected"]
    failed = next(
        (flight for flight in (*cancelled, *denied, *(each.broken_by for each in broken)) if flight),
        _latest(journey, lost, flights),
    )
    state = flights.get(failed)
    return Case(
        sold=Sold(
            origin=ticket.origin,
            destination=ticket.destination,
            departs=ticket.departs,
            arrives=ticket.arrives,
            connections=len(ticket.flights) - 1,
            cabin=party.cabin,
        ),
        trip=trip,
        cancelled=bool(cancelled),
        denied=bool(denied),
        smaller_aircraft=bool(denied),
        misconnected=bool(broken),
        informed_at=min((each.informed_at for each in lost), default=now),
        cause=state.cause.code if state and state.cause else None,
        operator=_operator(failed, state),
        waits_at=waits_at,
        now=now,
        passengers=party.passengers,
        fare=_fare(booking, journey),
    )


def trip_of(journey: Journey, flights: Mapping[FlightKey, Flight]) -> Trip | None:
    """The trip that the party has, at the best known times; None while it waits for one, or is asked about another since one of
    its flights is cancelled."""
    if not journey.legs or (journey.offer and any(_flies_not(leg, flights) for leg in journey.legs)):
        return None
    origins = (journey.legs[0].flight.split(".")[2], *(leg.destination for leg in journey.legs))
    last = flights.get(journey.legs[-1].flight)
    return Trip(
        stages=tuple(
            _stage(leg, origin, flights.get(leg.flight)) for leg, origin in zip(journey.legs, origins, strict=False)
        ),
        as_sold=tuple(leg.flight for leg in journey.legs) == journey.ticket.flights,
        travelled=last is not None and last.phase in _LEFT,
    )


def _flies_not(leg: Leg, flights: Mapping[FlightKey, Flight]) -> bool:
    state = flights.get(leg.flight)
    return state is not None and state.phase == "cancelled"


def has_arrived(journey: Journey, flights: Mapping[FlightKey, Flight]) -> bool:
    """Whether the party is where its journey ends."""
    last = flights.get(journey.legs[-1].flight) if journey.legs else None
    return last is not None and last.phase == "arrived"


def _stage(leg: Leg, origin: Airport, flight: Flight | None) -> Stage:
    """A leg as its flight goes, unless the party gets off on the way."""
    if flight is None or leg.destination != flight.destination:
        return Stage(
            origin=origin, destination=leg.destination, departs=leg.departs, arrives=leg.arrives, cabin=leg.cabin
        )
    elsewhere = flight.diverted_to if flight.phase in _ELSEWHERE else None
    return Stage(
        origin=origin,
        destination=elsewhere or leg.destination,
        departs=flight.departs,
        arrives=flight.arrives,
        cabin=leg.cabin,
    )


def _is_cancelled(flight: FlightKey, lost: Iterable[LostFlight], flights: Mapping[FlightKey, Flight]) -> bool:
    """Whether the party lost this flight because it was cancelled, or holds it and it is."""
    reasons = {each.reason for each in lost if each.flight == flight}
    state = flights.get(flight)
    return "cancelled" in reasons or (not reasons and state is not None and state.phase == "cancelled")


def _latest(journey: Journey, lost: Iterable[LostFlight], flights: Mapping[FlightKey, Flight]) -> FlightKey:
    """Of the flights that were sold, the one that is latest against its schedule; those first that the party has lost."""
    gone = {each.flight for each in lost}
    known = [flights[flight] for flight in journey.ticket.flights if flight in flights]
    found = max(
        known, key=lambda each: (each.flight in gone, each.arrives - each.scheduled_arrival, each.flight), default=None
    )
    return found.flight if found else journey.ticket.flights[0]


def _operator(flight: FlightKey, state: Flight | None) -> Carrier:
    return (state.operator if state else None) or carrier_of(flight)


def _fare(booking: Booking, journey: Journey) -> Money | None:
    """What one passenger paid for this journey, not rounded. What was paid for all journeys counts in equal parts for each."""
    total, currencies = Decimal(0), set()
    for item in booking.party.paid:
        if item.kind in _FARE and item.journey in (None, journey.number):
            currencies.add(item.price.currency)
            total += item.price.amount / (1 if item.journey else len(booking.journeys))
    if len(currencies) != 1 or not total:
        return None
    return Money(amount=total / booking.party.passengers, currency=currencies.pop())
