"""Trips: whether who was moved has a trip that can be flown, and knows when it leaves.

Where the flights lead is judged by the legs of the booking. Whether there was time to be at the gate, and to change planes, is
judged by the times in the fact that decided: flights may move afterwards, and whom that costs a connection is then answered
anew. The floors are those below which nothing is sold; what `legal` takes for a legal seat lies above them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from contracts.flights import Phase
from contracts.ledger import Booking, BookingChanged, BookingStranded, Leg
from contracts.names import Airport, FlightKey, Pnr, origin_of
from irops.audit.findings import Findings
from irops.audit.legal import TripRules
from irops.audit.streams import Streams

_LEFT: frozenset[Phase] = frozenset({"departed", "diverted", "arrived"})


@dataclass(frozen=True, slots=True)
class _Decided:
    """The fact by which a party has the flights it has, and the strandings before it."""

    fact: BookingChanged
    stranded: Sequence[BookingStranded]

    @property
    def had(self) -> tuple[FlightKey, ...] | None:
        """The flights it had before; None where that is forgotten."""
        if self.fact.before:
            return tuple(leg.flight for leg in self.fact.before)
        return tuple(leg.flight for leg in self.stranded[-1].flown) if self.stranded else None


def illegal(streams: Streams, *, rules: TripRules) -> Findings:
    """Parties, each once, that were moved to a trip that is none, or that were told other times than those of their flights."""
    found = Findings()
    decided = _decisions(streams)
    for pnr, booking in streams.bookings.items():
        if booking.state in ("rebooked", "kept"):
            wrong = next(_faults(booking, decided.get(pnr), streams, rules), None)
            if wrong is not None:
                found.add(f"{pnr} {wrong}")
    return found


def _decisions(streams: Streams) -> dict[Pnr, _Decided]:
    decided: dict[Pnr, _Decided] = {}
    stranded: dict[Pnr, list[BookingStranded]] = {}
    for _, fact in sorted(streams.facts, key=lambda pair: pair[0]):
        if isinstance(fact, BookingStranded):
            stranded.setdefault(fact.pnr, []).append(fact)
        elif isinstance(fact, BookingChanged):
            decided[fact.pnr] = _Decided(fact, tuple(stranded.get(fact.pnr, ())))
    return decided


def _faults(booking: Booking, decided: _Decided | None, streams: Streams, rules: TripRules) -> Iterator[str]:
    """What is wrong, the worst first. What is forgotten is not judged."""
    if decided is not None or booking.state == "rebooked":
        yield from _astray(booking, decided, streams, rules)
    if decided is not None:
        if [leg.flight for leg in booking.legs] != [leg.flight for leg in decided.fact.after]:
            yield "has other flights than it was moved to"
        elif decided.had is not None:
            yield from _hurried(decided.fact, decided.had, streams, rules)
            yield from _left_alone(booking, decided.fact, decided.had)
    yield from _mistimed(booking, streams, rules)


def _astray(booking: Booking, decided: _Decided | None, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights that do not lead from where the party was to where its ticket ends."""
    ticket = booking.ticket
    places = _starts(booking, decided)
    for leg in booking.legs:
        origin = origin_of(leg.flight)
        if places and not _near(origin, places, rules):
            yield f"is to leave from {origin} with {leg.flight}, and is in {places[0]}"
        places = _ends(leg, streams)
    if not places:
        yield "has no flights"
    elif not _near(ticket.destination, places[:1], rules):
        yield f"is brought to {places[0]}, and its ticket ends in {ticket.destination}"
    elif "UMNR" in booking.party.ssrs and places[0] != ticket.destination:
        yield f"is a minor alone who is met in {ticket.destination}, and is brought to {places[0]}"


def _starts(booking: Booking, decided: _Decided | None) -> tuple[Airport, ...]:
    """Where the party may have been: where its ticket begins, or its trip did, or where it was stranded. None: not known."""
    if decided is None or decided.had is None:
        return ()
    trip = (origin_of(leg.flight) for leg in decided.fact.before[:1])
    return (booking.ticket.origin, *trip, *(fact.origin for fact in decided.stranded))


def _ends(leg: Leg, streams: Streams) -> tuple[Airport, ...]:
    """Where the flight goes, and where it was diverted to."""
    ledger = streams.seats.get(leg.flight)
    if ledger is None:
        return (leg.destination,)
    return (ledger.destination, ledger.diverted_to) if ledger.diverted_to else (ledger.destination,)


def _near(airport: Airport, places: Sequence[Airport], rules: TripRules) -> bool:
    return any(rules.city(airport) == rules.city(place) for place in places)


def _hurried(fact: BookingChanged, had: Sequence[FlightKey], streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights that are new to the party and leave too soon, after the decision or after the flight before."""
    new = next((leg for leg in fact.after if leg.flight not in had), None)
    if new is not None and new.departs < fact.decided_at + rules.sold_lead:
        yield f"was moved at {fact.decided_at:%H:%M} to {new.flight}, which leaves at {new.departs:%H:%M}"
    as_before = set(pairwise(had))
    for leg, following in pairwise(fact.after):
        if (leg.flight, following.flight) in as_before:
            continue
        same = origin_of(following.flight) in _ends(leg, streams)
        wait = following.departs - leg.arrives
        if wait < (rules.sold_connection if same else rules.transfer):
            yield f"was given {wait // timedelta(minutes=1)} min between {leg.flight} and {following.flight}"


def _left_alone(booking: Booking, fact: BookingChanged, had: Sequence[FlightKey]) -> Iterator[str]:
    """A minor who travels alone and has to change planes."""
    flown = {leg.flight for leg in fact.after if leg.flight in had and leg.departs <= fact.decided_at}
    if "UMNR" in booking.party.ssrs and len(fact.after) - len(flown) > 1:
        yield "is a minor alone, and was given a connection"


def _mistimed(booking: Booking, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights whose times are not those the party was told, though it was answered for all that was said of them. Once a flight
    has left, a move of less than a retiming is made in silence, and nothing is promised of one that was diverted."""
    for leg in booking.legs:
        ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
        if ledger is None or leg.answered < ledger.last_disruption or ledger.phase == "diverted":
            continue
        told = ((leg.departs, ledger.departs), (leg.arrives, ledger.arrives))
        announced = (state.announced_departure, state.announced_arrival) if state else (None, None)
        for (was_told, known), said in zip(told, announced, strict=True):
            silent = ledger.phase in _LEFT and (was_told == said or abs(was_told - known) < rules.silent)
            if was_told != known and not silent:
                yield f"was told {was_told.isoformat()} of {leg.flight}, which is {known.isoformat()}"
