"""From when on a party is at the gate of its next flight, by what it has been informed of.

Who has known a departure for long is there `Rules.brought_forward` before it. Who is moved to a flight, or informed that it
leaves earlier, shortly before it does, is still on its way then: such a flight may leave at a time that is exempt by its size,
and leave without the party.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import structs

from agents.booker.domain.progress import Progress, Traveller
from agents.booker.domain.rules import SaleRules
from contracts.ledger import Leg, SeatLedger
from contracts.names import FlightKey, origin_of


def with_gate(
    legs: tuple[Leg, ...],
    traveller: Traveller,
    progress: Progress,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    rules: SaleRules,
    now: datetime,
) -> tuple[Leg, ...]:
    """The legs that the party is informed of now, the first with the time from which it is at its gate.

    Who has begun its journey, or is between two, is at an airport, or comes to it with a flight, and is at a gate in no time.
    """
    if not legs or progress.flown or _is_at_an_airport(traveller, flights, rules=rules, now=now):
        return legs
    first, known = legs[0], traveller.journey.legs[:1]
    usual = first.departs - rules.brought_forward
    leaves_from = origin_of(known[0].flight) if known else progress.place
    informed = now + rules.sold_lead(leaves_from, origin_of(first.flight))
    was = next((leg for leg in traveller.journey.legs if leg.flight == first.flight), None)
    if was is not None:  # perhaps behind another, which has come back to where they both leave
        informed = min(informed, was.there_from or was.departs - rules.brought_forward)
    there_from = min(informed, first.departs - rules.at_the_gate)
    known_from = there_from if there_from > usual else None
    return legs if first.there_from == known_from else (structs.replace(first, there_from=known_from), *legs[1:])


def _is_at_an_airport(
    traveller: Traveller, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules, now: datetime
) -> bool:
    """Whether the party is on a flight of the journey before, or came with it too short ago to have left the airport."""
    before, _ = traveller.booking.neighbours(traveller.journey.number)
    if before is None or not before.legs:
        return False
    first, last = flights[before.legs[0].flight], flights[before.legs[-1].flight]
    has_left = first.expected_departure <= now
    return has_left and last.expected_arrival > now - rules.longest_connection
