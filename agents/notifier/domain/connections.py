"""A connection that can no longer be made, because of the times of one of its two flights, or of another aircraft."""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, structs

from agents.notifier.domain.known import Known
from contracts.flights import LEFT
from contracts.identity import goes_on
from contracts.ledger import Leg
from contracts.names import FlightKey


class Missed(Struct, frozen=True, kw_only=True):
    """The two flights at their best known times."""

    inbound: Leg
    onward: Leg
    is_late: bool
    """The inbound flight arrives too late; otherwise the onward flight leaves too early."""
    is_one_flight: bool = False
    """They are legs of one flight: another aircraft goes on, so the party cannot stay on board."""
    has_left: bool = False
    """The onward flight has left."""
    is_awaited: bool = False
    """The inbound flight is late by as much as its aircraft is, and no status of it has the new time."""


def missed_connection(
    before: Sequence[Leg], after: Sequence[Leg], broken_by: FlightKey | None, known: Known
) -> Missed | None:
    """The connection of the trip `before` that this flight has broken; None where the facts do not show it.

    A flight in the middle of a trip is in two connections. It breaks the second, by arriving late, where the party stays on
    it; it breaks the first, by leaving early, where the party does not.
    """
    stays = broken_by in {leg.flight for leg in after}
    connections = list(pairwise(before))
    late = [pair for pair in connections if pair[0].flight == broken_by]
    early = [pair for pair in connections if pair[1].flight == broken_by]
    found = (late or early) if stays else (early or late)
    if not found:
        return None
    inbound, onward = found[0]
    now = {leg.flight: leg for leg in after}
    return Missed(
        inbound=_at_known_times(now.get(inbound.flight, inbound), known),
        onward=_at_known_times(now.get(onward.flight, onward), known),
        is_late=inbound.flight == broken_by,
        is_one_flight=_is_one_flight(inbound, onward, known),
        is_awaited=inbound.flight in awaited([_at_known_times(leg, known) for leg in before], known),
        has_left=(flight := known.flights.get(onward.flight)) is not None and flight.phase in LEFT,
    )


def awaited(trip: Sequence[Leg], known: Known) -> tuple[FlightKey, ...]:
    """The flights that go on under the number of the flight before them, and were to leave before that is in: they are late
    too, and no status has the new time."""
    return tuple(
        [
            onward.flight
            for inbound, onward in pairwise(trip)
            if onward.departs < inbound.arrives and _is_one_flight(inbound, onward, known) and known.is_ahead(onward)
        ]
    )


def _is_one_flight(inbound: Leg, onward: Leg, known: Known) -> bool:
    first, then = (known.flights.get(leg.flight) for leg in (inbound, onward))
    return first is not None and then is not None and goes_on(first, then)


def _at_known_times(leg: Leg, known: Known) -> Leg:
    flight = known.flights.get(leg.flight)
    return structs.replace(leg, departs=flight.departs, arrives=flight.arrives) if flight else leg
