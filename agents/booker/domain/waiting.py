"""When time alone asks for a party that waits to be looked at again.

| it waits | looked at | because |
|---|---|---|
| after a flight presumed under way that has not left by any word | when the presumption ends | it may be at home |
| after a flight presumed under way that is known not to leave | at once | it is at home |
| and its next journey has a flight | `SaleRules.given_up` before that leaves | it leaves without the party |

All follows from the waitlist entry and the flights as they are now, so nothing is remembered: what was emitted is in the
ledger, under an id that derives from the flight and the instant. A departure that moves has another one.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from agents.booker.domain.rules import SaleRules
from bus import derived_id
from contracts.flights import LEFT
from contracts.ledger import JourneyAffected, SeatLedger, WaitlistEntry
from contracts.names import FlightKey


class Look(NamedTuple):
    """An instant, and the fact that is emitted then: a journey is to be planned."""

    at: datetime
    fact: JourneyAffected


def flights_awaited(entry: WaitlistEntry) -> set[FlightKey]:
    """The flights on which `looks`, and the seats that are held, depend."""
    following = {entry.following.flight} if entry.following else set()
    return following | {leg.flight for leg in entry.flown} | set(entry.held)


def looks(entry: WaitlistEntry, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules) -> Iterator[Look]:
    """Each instant at which this entry asks for a plan, past ones too.

    `flights` are those of `flights_awaited`. Raises `KeyError` for one that is missing.
    """
    for leg in entry.flown:
        ledger = flights[leg.flight]
        if ledger.presumed_phase not in LEFT:
            is_open = ledger.phase == "scheduled"
            at = ledger.expected_departure + rules.presumed if is_open else leg.departs
            yield _look(entry, entry.journey, ledger, at=at, rules=rules)
            break
    if entry.following is not None:
        ledger = flights[entry.following.flight]
        if ledger.phase == "scheduled" or ledger.phase in LEFT:
            yield _look(
                entry, entry.following.journey, ledger, at=ledger.expected_departure - rules.given_up, rules=rules
            )


def _look(entry: WaitlistEntry, journey: int, ledger: SeatLedger, *, at: datetime, rules: SaleRules) -> Look:
    id_ = derived_id("time", entry.pnr, str(journey), ledger.flight, ledger.presumed_phase, at.isoformat())
    return Look(at, JourneyAffected(pnr=entry.pnr, journey=journey, id=id_, by=entry.journey, rules=rules.version))
