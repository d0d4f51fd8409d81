"""What a trip costs a party, in weighted minutes, term by term.

A term is minutes of inconvenience times the party's importance. Importance is the same for all trips of a party, so it never
changes which trip is best for the party, and parties with the same ticket and cabin share one ranking. It makes costs of
different parties comparable.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from agents.planner.domain.network import Availability
from contracts.ledger import Party
from contracts.money import fare_rank
from contracts.names import CABINS, Airport, Cabin, Carrier, Pnr, carrier_of
from contracts.rules import Weights

DELAY_SENSITIVE = frozenset({"UMNR", "WCHR", "WCHS", "WCHC", "WCBD", "MEDA", "OXYG", "STCR", "BLND", "DPNA", "INFT"})
"""SSR codes of passengers whom a long wait or a change of airport hurts most [d]: served first, and weighted by
`Weights.vulnerable`.

The booker's list of passengers to offload last is a longer one, for it follows the law."""

_RANK: dict[Cabin, int] = {cabin: rank for rank, cabin in enumerate(CABINS)}
"""0 is the best."""


def importance(party: Party, weights: Weights) -> float:
    """The factor on every minute of the party, in sixteenths: passengers, times tier and fare, times `vulnerable`."""
    per_head = fare_rank(party.paid) / max(1, party.passengers)
    factor = 1 + weights.tier * party.rank + min(weights.fare_cap, weights.fare * per_head)
    if not DELAY_SENSITIVE.isdisjoint(party.ssrs):
        factor *= weights.vulnerable
    return max(1, round(factor * party.passengers * 16)) / 16


def priority(pnr: Pnr, party: Party) -> tuple[bool, int, float, int, str]:
    """Sort key, first planned first: delay-sensitive parties, then tier, fare per head, size; ties by PNR."""
    return (
        DELAY_SENSITIVE.isdisjoint(party.ssrs),
        -party.rank,
        -fare_rank(party.paid) / max(1, party.passengers),
        -party.passengers,
        pnr,
    )


class Promise(Struct, frozen=True, gc=False, kw_only=True):
    """What trips are measured against: the ticket's ends and times, and the cabin paid for."""

    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    carriers: frozenset[Carrier]
    cabin: Cabin
    ends_by: datetime | None = None
    """When the trip has to have ended for the next journey of the booking to begin."""


class Offer(Struct, frozen=True, gc=False, kw_only=True):
    """What the party would still fly: flights in order, each with its cabin."""

    flights: tuple[Availability, ...]
    cabins: tuple[Cabin, ...]
    reached: Airport | None = None
    """The airport that the party has been brought to already; its departure from home is past and costs nothing."""


def cost(offer: Offer, promise: Promise, weights: Weights) -> dict[str, int]:
    """Inconvenience by term, in whole weighted minutes and before the party's importance; terms of 0 are left out.

    The cost is their sum. Whole minutes (and importance in sixteenths) keep every sum exact, so no rounding can reorder trips.
    """
    flights = offer.flights
    first, last = flights[0], flights[-1]
    place = offer.reached or promise.origin
    transfers, other = int(last.destination != promise.destination), 0
    for flight in flights:
        transfers += flight.origin != place
        other += carrier_of(flight.flight) not in promise.carriers
        place = flight.destination
    minutes = {"delay": late(last.arrives, promise.arrives) * weights.delay}
    if offer.reached is None:
        minutes["early"] = late(promise.departs, first.departs) * weights.early
    minutes["connection"] = weights.connection * (len(flights) - 1)
    minutes["transfer"] = weights.transfer * transfers
    terms = _whole(minutes) | cabin_cost(offer.cabins, promise.cabin, weights)
    if other:
        terms |= _whole({"carrier": weights.carrier * other})
    if promise.ends_by is not None and last.arrives > promise.ends_by:
        terms |= _whole({"overlap": weights.overlap})
    return terms


def cabin_cost(cabins: Sequence[Cabin], paid_for: Cabin, weights: Weights) -> dict[str, int]:
    """The terms of `cost` that depend on the cabins, and on nothing else."""
    paid = _RANK[paid_for]
    lower = higher = 0
    for cabin in cabins:
        if cabin != paid_for:
            lower += max(_RANK[cabin] - paid, 0)
            higher += max(paid - _RANK[cabin], 0)
    if not (lower or higher):
        return {}
    return _whole({"downgrade": weights.downgrade * lower, "upgrade": weights.upgrade * higher})


def _whole(minutes: Mapping[str, float]) -> dict[str, int]:
    return {name: round(value) for name, value in minutes.items() if value > 0.5}


def late(at: datetime, than: datetime) -> float:
    """Minutes by which `at` is after `than`; 0 if it is before."""
    return (at - than).total_seconds() / 60 if at > than else 0.0


def weighted(terms: Mapping[str, int], factor: float) -> dict[str, float]:
    """The terms times the party's importance."""
    return {name: minutes * factor for name, minutes in terms.items()}
