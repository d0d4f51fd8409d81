"""Trips: whether a party that was moved has a trip that can be flown, and was notified of its times.

Where the flights lead is judged by the booking's legs. Whether there was time to reach the gate and to change planes is judged
by the times in the fact that decided: flights may move afterwards, and a party that misses a connection then is answered again.
The limits are those below which nothing is sold; what `legal` accepts as a legal seat lies above them.
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
    """The fact that gave a party its flights, and the strandings before it."""

    fact: BookingChanged
    stranded: Sequence[BookingStranded]

    @property
    def had(self) -> tuple[FlightKey, ...] | None:
        """The flights it had before; None if those facts have expired."""
        if self.fact.before:
            return tuple(leg.flight for leg in self.fact.before)
        return tuple(leg.flight for leg in self.stranded[-1].flown) if self.stranded else None


def illegal(streams: Streams, *, rules: TripRules) -> Findings:
    """Parties, each once, that were moved to an impossible trip, or notified of other times than their flights'."""
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
    """What is wrong, the worst first. Expired facts are not judged."""
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
            yield f"leaves from {origin} with {leg.flight}, and is in {places[0]}"
        places = _ends(leg, streams)
    if not places:
        yield "has no flights"
    elif not _near(ticket.destination, places[:1], rules):
        yield f"lands in {places[0]}, and its ticket ends in {ticket.destination}"
    elif "UMNR" in booking.party.ssrs and places[0] != ticket.destination:
        yield f"is an unaccompanied minor, met in {ticket.destination}, and lands in {places[0]}"


def _starts(booking: Booking, decided: _Decided | None) -> tuple[Airport, ...]:
    """Where the party may have been: where its ticket or its trip begins, or where it was stranded. Empty if not known."""
    if decided is None or decided.had is None:
        return ()
    trip = (origin_of(leg.flight) for leg in decided.fact.before[:1])
    return (booking.ticket.origin, *trip, *(fact.origin for fact in decided.stranded))


def _ends(leg: Leg, streams: Streams) -> tuple[Airport, ...]:
    """The flight's destination, and where it was diverted to."""
    ledger = streams.seats.get(leg.flight)
    if ledger is None:
        return (leg.destination,)
    return (ledger.destination, ledger.diverted_to) if ledger.diverted_to else (ledger.destination,)


def _near(airport: Airport, places: Sequence[Airport], rules: TripRules) -> bool:
    return any(rules.city(airport) == rules.city(place) for place in places)


def _hurried(fact: BookingChanged, had: Sequence[FlightKey], streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights new to the party that leave too soon after the decision, or after the flight before."""
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
    """An unaccompanied minor who has to change planes."""
    flown = {leg.flight for leg in fact.after if leg.flight in had and leg.departs <= fact.decided_at}
    if "UMNR" in booking.party.ssrs and len(fact.after) - len(flown) > 1:
        yield "is an unaccompanied minor, and was given a connection"


def _mistimed(booking: Booking, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights whose times are not those in the booking, although the party was answered for every disruption of them. Once a
    flight has left, a move below the threshold makes no fact, and a diverted flight's times are not promised."""
    for leg in booking.legs:
        ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
        if ledger is None or leg.answered < ledger.last_disruption or ledger.phase == "diverted":
            continue
        times = ((leg.departs, ledger.departs), (leg.arrives, ledger.arrives))
        announced = (state.announced_departure, state.announced_arrival) if state else (None, None)
        for (notified, known), public in zip(times, announced, strict=True):
            silent = ledger.phase in _LEFT and (notified == public or abs(notified - known) < rules.silent)
            if notified != known and not silent:
                yield f"was notified of {notified.isoformat()} for {leg.flight}, whose time is {known.isoformat()}"
