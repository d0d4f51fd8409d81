"""Trips: whether a party that was moved has a trip that can be flown, and was notified of its times.

Where the flights lead is judged by the booking's legs. Whether there was time to reach the gate and to change planes is judged
by the times in the fact that decided: flights may move afterwards, and a party that misses a connection then is answered again.
The limits are those below which nothing is sold; what `legal` accepts as a legal seat lies above them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from contracts.flights import Phase
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, Journey, JourneyKey, Leg, Party, Ticket
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.findings import Findings
from irops.audit.legal import TripRules
from irops.audit.streams import Streams, named

_LEFT: frozenset[Phase] = frozenset({"departed", "diverted", "arrived"})


@dataclass(frozen=True, slots=True)
class _Decided:
    """The fact that gave a party its flights, and the strandings before it."""

    fact: BookingChanged
    stranded: Sequence[BookingStranded]

    @property
    def had(self) -> tuple[FlightKey, ...] | None:
        """The flights it had before; None if those facts have expired."""
        if self.fact.before:
            return tuple(leg.flight for leg in self.fact.before)
        return tuple(leg.flight for leg in self.stranded[-1].flown) if self.stranded else None

    @property
    def leaves_from(self) -> tuple[Airport, ...]:
        """Where the party was to leave from."""
        if self.fact.before:
            return (origin_of(self.fact.before[0].flight),)
        return tuple(fact.origin for fact in self.stranded[-1:])


class Trip(NamedTuple):
    """A journey that is flown or to be flown, and the decision that gave the party its flights."""

    party: Party
    journey: Journey
    decided: _Decided | None


def illegal(streams: Streams, *, rules: TripRules) -> Findings:
    """Journeys, each once, that were moved to an impossible trip, or notified of other times than their flights'."""
    found = Findings()
    decided, kept = _decisions(streams), _kept(streams)
    for booking, journey in streams.journeys():
        if journey.state in ("rebooked", "kept"):
            trip = Trip(booking.party, journey, decided.get((booking.pnr, journey.number)))
            wrong = next(_faults(trip, streams, rules), None) or _too_early(
                journey, kept.get((booking.pnr, journey.number)), streams, rules
            )
            if wrong is not None:
                found.add(f"{named(booking, journey)} {wrong}")
    return found


def _decisions(streams: Streams) -> dict[JourneyKey, _Decided]:
    decided: dict[JourneyKey, _Decided] = {}
    stranded: dict[JourneyKey, list[BookingStranded]] = {}
    for _, fact in sorted(streams.facts, key=lambda pair: pair[0]):
        key = fact.pnr, fact.journey
        if isinstance(fact, BookingStranded):
            stranded.setdefault(key, []).append(fact)
        elif isinstance(fact, BookingChanged):
            decided[key] = _Decided(fact, tuple(stranded.get(key, ())))
    return decided


def _kept(streams: Streams) -> dict[JourneyKey, BookingKept]:
    """The journeys whose last fact is that they keep their trip."""
    latest = {(fact.pnr, fact.journey): fact for _, fact in sorted(streams.facts, key=lambda pair: pair[0])}
    return {key: fact for key, fact in latest.items() if isinstance(fact, BookingKept)}


def _too_early(journey: Journey, kept: BookingKept | None, streams: Streams, rules: TripRules) -> str | None:
    """The next flight that the party was to board, if it was kept on it although it was brought forward too far: to less than
    the lead after the decision, or to much earlier than sold.

    A flight that had left about when the party knew had the party on board.
    """
    if kept is None:
        return None
    for before, leg in zip(kept.before, kept.after, strict=True):
        state = streams.flights.get(leg.flight)
        left = state.departs if state is not None and state.phase in _LEFT else streams.horizon
        if before.departs - rules.sold_lead <= left <= kept.decided_at:
            continue
        if leg.departs >= before.departs:
            return None
        if leg.departs < kept.decided_at + rules.sold_lead:
            return f"was kept at {kept.decided_at:%H:%M} on {leg.flight}, brought forward to {leg.departs:%H:%M}"
        if leg is kept.after[0] and leg.departs < journey.ticket.departs - rules.earlier:
            return f"was kept on {leg.flight}, which leaves {journey.ticket.departs - leg.departs} earlier than sold"
        return None
    return None


def _faults(trip: Trip, streams: Streams, rules: TripRules) -> Iterator[str]:
    """What is wrong, the worst first. Expired facts are not judged."""
    decided = trip.decided
    if decided is not None or trip.journey.state == "rebooked":
        yield from _astray(trip, streams, rules)
    if decided is not None:
        if [leg.flight for leg in trip.journey.legs] != [leg.flight for leg in decided.fact.after]:
            yield "has other flights than it was moved to"
        elif decided.had is not None:
            yield from _hurried(decided, decided.had, streams, rules)
            yield from _left_alone(trip.party, decided.fact, decided.had)
    yield from _mistimed(trip.journey, streams, rules)


def _astray(trip: Trip, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights that do not lead from where the party was to where its ticket ends."""
    ticket = trip.journey.ticket
    places = _starts(ticket, trip.decided)
    for leg in trip.journey.legs:
        origin = origin_of(leg.flight)
        if places and not _near(origin, places, rules):
            yield f"leaves from {origin} with {leg.flight}, and is in {places[0]}"
        places = _ends(leg, streams)
    if not places:
        yield "has no flights"
    elif not _near(ticket.destination, places[:1], rules):
        yield f"lands in {places[0]}, and its ticket ends in {ticket.destination}"
    elif "UMNR" in trip.party.ssrs and places[0] != ticket.destination:
        yield f"is an unaccompanied minor, met in {ticket.destination}, and lands in {places[0]}"


def _starts(ticket: Ticket, decided: _Decided | None) -> tuple[Airport, ...]:
    """Where the party may have been: where its ticket or its trip begins, or where it was stranded. Empty if not known."""
    if decided is None or decided.had is None:
        return ()
    first = (origin_of(leg.flight) for leg in decided.fact.before[:1])
    return (ticket.origin, *first, *(fact.origin for fact in decided.stranded))


def _ends(leg: Leg, streams: Streams) -> tuple[Airport, ...]:
    """The flight's destination, and where it was diverted to."""
    ledger = streams.seats.get(leg.flight)
    if ledger is None:
        return (leg.destination,)
    return (ledger.destination, ledger.diverted_to) if ledger.diverted_to else (ledger.destination,)


def _near(airport: Airport, places: Sequence[Airport], rules: TripRules) -> bool:
    return any(rules.city(airport) == rules.city(place) for place in places)


def _hurried(decided: _Decided, had: Sequence[FlightKey], streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights new to the party that leave too soon after the decision, or after the flight before."""
    fact = decided.fact
    at, new = next(((at, leg) for at, leg in enumerate(fact.after) if leg.flight not in had), (0, None))
    if new is not None:
        places = _ends(fact.after[at - 1], streams) if at else decided.leaves_from
        least = rules.sold_lead if origin_of(new.flight) in places else rules.sold_transfer
        if new.departs < fact.decided_at + least:
            yield f"was moved at {fact.decided_at:%H:%M} to {new.flight}, which leaves at {new.departs:%H:%M}"
    as_before = set(pairwise(had))
    for leg, following in pairwise(fact.after):
        if (leg.flight, following.flight) in as_before:
            continue
        same = origin_of(following.flight) in _ends(leg, streams)
        wait = following.departs - leg.arrives
        if wait < (rules.sold_connection if same else rules.transfer):
            yield f"was given {wait // timedelta(minutes=1)} min between {leg.flight} and {following.flight}"


def _left_alone(party: Party, fact: BookingChanged, had: Sequence[FlightKey]) -> Iterator[str]:
    """An unaccompanied minor who has to change planes."""
    flown = {leg.flight for leg in fact.after if leg.flight in had and leg.departs <= fact.decided_at}
    if "UMNR" in party.ssrs and len(fact.after) - len(flown) > 1:
        yield "is an unaccompanied minor, and was given a connection"


def _mistimed(journey: Journey, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights whose times are not those in the booking, although the party was answered for every disruption of them. Once a
    flight has left, a move below the threshold makes no fact, and a diverted flight's times are not promised."""
    for leg in journey.legs:
        ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
        if ledger is None or leg.answered < ledger.last_disruption or ledger.phase == "diverted":
            continue
        times = ((leg.departs, ledger.departs), (leg.arrives, ledger.arrives))
        announced = (state.announced_departure, state.announced_arrival) if state else (None, None)
        for (notified, known), public in zip(times, announced, strict=True):
            silent = ledger.phase in _LEFT and (notified == public or abs(notified - known) < rules.silent)
            if notified != known and not silent:
                yield f"was notified of {notified.isoformat()} for {leg.flight}, whose time is {known.isoformat()}"
