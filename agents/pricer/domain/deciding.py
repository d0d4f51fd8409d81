"""A flight's fares as of now, from its seats, what a feed has reported, and the ladder."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import structs

from agents.pricer.domain.inventory import Inventory
from agents.pricer.domain.ladder import Ladder
from agents.pricer.domain.outside import reported_in
from agents.pricer.domain.rungs import days_rung, next_days_rung, seats_rung
from contracts.fares import Fare, FareChange, FareStatus, OpenFare
from contracts.names import CABINS, Cabin, FlightKey


def fare_of(
    flight: FlightKey,
    inventory: Inventory | None,
    known: Fare | None,
    *,
    kilometres: float | None,
    ladder: Ladder,
    now: datetime,
    status: FareStatus | None = None,
) -> Fare | None:
    """The state to publish in place of `known`, or None: that one still holds, or there is nothing to say yet.

    `inventory`: None where the ledger does not know the flight. `status`: one that a feed has reported and that holds from now
    on (`outside.newest`). A flight that is closed and never was open has no state, unless a feed has reported its fares.
    """
    outside = status or reported_in(known)
    if inventory is None or not is_open(inventory, ladder, now=now):
        if known is None and outside is None:
            return None
        found = _state(flight, outside, now=now, because="closed", closed=True, inventory=inventory)
    else:
        found = _open(inventory, known, outside, kilometres=kilometres, ladder=ladder, now=now)
    if known is None:
        return found
    if status is None and _says_the_same(found, known):
        return None
    return structs.replace(found, because=_because(found, known, status))


def is_open(inventory: Inventory, ladder: Ladder, *, now: datetime) -> bool:
    """Whether seats are sold: the flight is as planned, and leaves later than sale ends."""
    return inventory.phase == "scheduled" and now < inventory.departs - ladder.closes


def next_instant(inventory: Inventory | None, *, ladder: Ladder, now: datetime) -> datetime | None:
    """When time alone may change the flight's fares next; None: no more."""
    if inventory is None or not is_open(inventory, ladder, now=now):
        return None
    closes = inventory.departs - ladder.closes
    return min(closes, next_days_rung(ladder, inventory.departs, now=now) or closes)


def _open(
    inventory: Inventory,
    known: Fare | None,
    outside: FareStatus | None,
    *,
    kilometres: float | None,
    ladder: Ladder,
    now: datetime,
) -> Fare:
    before = known if known is not None and not known.closed and known.ladder == ladder.id else None
    rungs = {
        cabin: seats_rung(
            ladder, inventory.free[cabin], capacity=capacity, known=before.rungs.get(cabin) if before else None
        )
        for cabin, capacity in inventory.capacity.items()
    }
    days = days_rung(ladder, inventory.departs, now=now, known=before.days if before else None)
    left = {
        cabin: ladder.floors(inventory.capacity[cabin])[rung]
        for cabin, rung in rungs.items()
        if rung < len(ladder.seats)
    }
    by_ladder = _by_ladder(left, rungs, days, kilometres=kilometres, ladder=ladder)
    fares = _cut(outside.fares, left) if outside else by_ladder
    state = _state(inventory.flight, outside, now=now, because="opened", closed=False, inventory=inventory)
    return structs.replace(state, fares=_in_order(fares), rungs=rungs, days=days, ladder=ladder.id)


def _cut(reported: Iterable[OpenFare], left: Mapping[Cabin, int]) -> Iterator[OpenFare]:
    """The reported fares, with no more seats than the ledger surely has."""
    for fare in reported:
        if seats := min(fare.seats, left.get(fare.cabin, 0)):
            yield structs.replace(fare, seats=seats)


def _by_ladder(
    left: Mapping[Cabin, int], rungs: Mapping[Cabin, int], days: int, *, kilometres: float | None, ladder: Ladder
) -> Iterator[OpenFare]:
    for cabin, seats in left.items():
        for family in ladder.families_of(cabin, rung=rungs[cabin]):
            price = ladder.price(family, kilometres=kilometres, seats=rungs[cabin], days=days)
            yield OpenFare(cabin=cabin, family=family.name, price=price, seats=min(seats, ladder.most_seats))


def _in_order(fares: Iterable[OpenFare]) -> tuple[OpenFare, ...]:
    return tuple(sorted(fares, key=lambda fare: (CABINS.index(fare.cabin), fare.price.amount, fare.family)))


def _state(
    flight: FlightKey,
    outside: FareStatus | None,
    *,
    now: datetime,
    because: FareChange,
    closed: bool,
    inventory: Inventory | None,
) -> Fare:
    return Fare(
        flight=flight,
        source="feed" if outside else "ladder",
        observed_at=outside.observed_at if outside else now,
        because=because,
        closed=closed,
        ledger=inventory.revision if inventory else 0,
        reported=outside.fares if outside else (),
    )


def _says_the_same(found: Fare, known: Fare) -> bool:
    """Apart from what a state says of its making. A rung that moves no fare, as below a feed's seats, is no message: hysteresis
    may go on from the one before."""
    making = {name: getattr(known, name) for name in ("because", "ledger", "observed_at", "rungs", "days")}
    return structs.replace(found, **making) == known


def _because(found: Fare, known: Fare, status: FareStatus | None) -> FareChange:
    if status is not None:
        return "feed"
    if found.closed != known.closed:
        return "closed" if found.closed else "opened"
    if found.ladder != known.ladder:
        return "ladder"
    if found.rungs == known.rungs:
        return "time"
    return "seats" if _cabins(found) == _cabins(known) else "sold out"


def _cabins(fare: Fare) -> set[Cabin]:
    """Those that have an open fare."""
    return {each.cabin for each in fare.fares}
