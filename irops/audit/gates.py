"""From when on a party that had short notice of a departure was surely at its gate, by the facts alone."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from contracts.flights import Flight
from contracts.ledger import BookingFact, BookingStranded
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.journeys import after
from irops.audit.rules import TripRules
from irops.audit.times import LEFT


def waited_in(fact: BookingStranded, until: datetime, flights: Mapping[FlightKey, Flight]) -> tuple[Airport, ...]:
    """Where the party may have waited: where it was stranded, or where the flight that was presumed to take it there was to
    leave from, if that had not left by then."""
    places = [fact.origin]
    for leg in reversed(fact.flown):
        state = flights.get(leg.flight)
        if state is None or (state.phase in LEFT and state.departs <= until):
            break
        places.append(origin_of(leg.flight))
    return tuple(places)


def there_from(
    flight: FlightKey, facts: Iterable[BookingFact], rules: TripRules, *, flights: Mapping[FlightKey, Flight]
) -> datetime | None:
    """From when on a party with these facts, oldest first, was at the gate of a flight with which its journey begins, where it
    had less notice of it than it takes to get there. None where it had longer notice, or none by these facts."""
    found: datetime | None = None
    waits: BookingStranded | None = None
    for fact in facts:
        first, had = after(fact)[:1], {leg.flight: leg for leg in fact.before}
        if not first or first[0].flight != flight:
            found, waits = None, fact if isinstance(fact, BookingStranded) else None
            continue
        leg, was = first[0], had.get(flight)
        left_from = [origin_of(each.flight) for each in fact.before[:1]]
        left_from += waited_in(waits, fact.decided_at, flights) if waits and not left_from else ()
        is_far = bool(left_from) and origin_of(flight) not in left_from
        lead = rules.sold_from(origin_of(flight), begins=True)
        informed = fact.decided_at + (max(lead, rules.sold_transfer) if is_far else lead)
        if was is None:
            found = informed
        elif leg.departs < was.departs:
            found = min(informed, found or was.departs - rules.rules.brought_forward)
        if found is not None:  # it may have been sold a little late
            found = min(found, leg.departs - rules.rules.at_the_gate)
            found = found if found > leg.departs - rules.rules.brought_forward else None
    return found
