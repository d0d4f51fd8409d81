"""From when on a party that had short notice of a departure was surely at its gate, by the facts alone."""

from collections.abc import Iterable
from datetime import datetime

from contracts.ledger import BookingFact, BookingStranded
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.journeys import after
from irops.audit.rules import TripRules


def there_from(flight: FlightKey, facts: Iterable[BookingFact], rules: TripRules) -> datetime | None:
    """From when on a party with these facts, oldest first, was at the gate of a flight with which its journey begins, where it
    had less notice of it than it takes to get there. None where it had longer notice, or none by these facts."""
    found: datetime | None = None
    waits_in: Airport | None = None
    for fact in facts:
        first, had = after(fact)[:1], {leg.flight: leg for leg in fact.before}
        if not first or first[0].flight != flight:
            found, waits_in = None, fact.origin if isinstance(fact, BookingStranded) else None
            continue
        leg, was = first[0], had.get(flight)
        left_from = origin_of(fact.before[0].flight) if fact.before else waits_in
        is_far = left_from is not None and left_from != origin_of(flight)
        informed = fact.decided_at + (rules.sold_transfer if is_far else rules.sold_lead)
        if was is None:
            found = informed
        elif leg.departs < was.departs:
            found = min(informed, found or was.departs - rules.rules.brought_forward)
        if found is not None:  # it may have been sold a little late
            found = min(found, leg.departs - rules.rules.at_the_gate)
            found = found if found > leg.departs - rules.rules.brought_forward else None
    return found
