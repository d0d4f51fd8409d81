"""What a change of a flight does to its seats.

A `FlightChanged` carries the whole flight, so what has happened is read from the difference between the ledger and that
state, not from the name of the change alone. A skipped message (redelivery disorders them) is therefore made up for by the
next one, and a message the ledger is already past changes nothing.

The ledger holds the *announced* times, those people were told of; the actual times replace them silently once the flight has
left or arrived. Holders never change here: seats are given up by a plan that is committed, never by the flight's change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from msgspec import structs

from agents.booker.domain.offload import offloaded
from contracts.flights import Flight, FlightChanged
from contracts.ledger import Disruption, Party, SeatLedger, SeatsDisrupted, SeatsFreed
from contracts.names import CABINS, Cabin, FlightKey, Pnr

T = TypeVar("T")

NOBODY: Mapping[Pnr, Party] = MappingProxyType({})
LEFT = frozenset({"departed", "arrived", "diverted"})
"""Phases in which whoever has a seat on the flight is on it."""


class Applied(NamedTuple):
    """A flight's ledger after a change, and what is to be said of it."""

    ledger: SeatLedger
    facts: tuple[SeatsDisrupted | SeatsFreed, ...]


@dataclass(frozen=True, slots=True)
class Changes(Generic[T]):
    """What a group of changes comes to: one commit. Each token is in `facts` (once per fact), or in `done`."""

    seats: dict[FlightKey, SeatLedger]
    facts: list[tuple[T, SeatsDisrupted | SeatsFreed]]
    done: list[T]
    """Causes of no fact: the ledger was past them, or they moved it in silence."""


def apply_changes(
    changes: Sequence[tuple[FlightChanged, T]],
    *,
    ledgers: Mapping[FlightKey, SeatLedger],
    parties: Mapping[Pnr, Party] = NOBODY,
) -> Changes[T]:
    """Applies a group in order. `ledgers` lacks flights never heard of; `parties` as `parties_needed` asks."""
    result: Changes[T] = Changes({}, [], [])
    for changed, token in changes:
        ledger = result.seats.get(changed.flight) or ledgers.get(changed.flight)
        applied = on_change(ledger, changed, parties=parties)
        if applied is not None:
            result.seats[changed.flight] = applied.ledger
        if applied is None or not applied.facts:
            result.done.append(token)
        else:
            result.facts.extend((token, fact) for fact in applied.facts)
    return result


def parties_needed(ledger: SeatLedger | None, changed: FlightChanged) -> tuple[Pnr, ...]:
    """The holders among whom `on_change` may have to choose, whatever changes of a group come before this one: those of cabins
    the aircraft is too small for.

    Nearly always empty, so that bookings are loaded only when the choice arises.
    """
    if ledger is None or changed.n <= ledger.last_change or ledger.phase in LEFT or changed.state.phase == "cancelled":
        return ()
    then = structs.replace(ledger, capacity=_capacity(ledger, changed.state))
    overfull = {cabin for cabin in CABINS if then.free(cabin) < 0}
    return tuple(pnr for pnr, held in ledger.holders.items() if held.cabin in overfull) if overfull else ()


def on_change(
    ledger: SeatLedger | None,
    changed: FlightChanged,
    *,
    parties: Mapping[Pnr, Party] = NOBODY,
) -> Applied | None:
    """The ledger after `changed`, and its facts numbered on from `ledger.last_fact`; None if the ledger is already past it.

    `parties` are the holders' parties where `parties_needed` names them; raises `KeyError` for one that is missing.

    A restored flight says nothing to those who still hold seats on it: each of them was named when it closed, has not been
    answered since (no one keeps a seat on a cancelled flight), and is now planned on a flight that is open again. What it
    does say are its free seats, and a retiming if it comes back at other times.
    """
    state = changed.state
    if ledger is None:
        return _opened(changed)
    if changed.n <= ledger.last_change:
        return None
    after = structs.replace(
        ledger,
        phase=state.phase,
        departs=state.departs if state.phase in LEFT else state.announced_departure,
        arrives=state.arrives if state.phase == "arrived" else state.announced_arrival,
        capacity=_capacity(ledger, state),
        diverted_to=state.diverted_to,
        last_change=changed.n,
    )
    if _fitted_anew(ledger, after):
        after = structs.replace(after, offloaded=offloaded(after, parties))
    n, last_disruption = ledger.last_fact, ledger.last_disruption
    facts: list[SeatsDisrupted | SeatsFreed] = []
    for kind, named in _disruptions(ledger, after, changed):
        n = last_disruption = n + 1
        facts.append(
            SeatsDisrupted(
                flight=after.flight,
                n=n,
                kind=kind,
                parties=named,
                departs=after.departs,
                arrives=after.arrives,
                diverted_to=after.diverted_to,
            )
        )
    if _within_reach(ledger, after):
        n += 1
        facts.append(SeatsFreed(flight=after.flight, n=n))
    return Applied(structs.replace(after, last_fact=n, last_disruption=last_disruption), tuple(facts))


def _opened(changed: FlightChanged) -> Applied:
    """A flight new to the ledger: nobody holds its seats, and those waiting may want them."""
    state = changed.state
    for_sale = state.phase == "scheduled" and any(seats > 0 for seats in state.seats.values())
    ledger = SeatLedger(
        flight=changed.flight,
        destination=state.destination,
        phase=state.phase,
        departs=state.departs if state.phase in LEFT else state.announced_departure,
        arrives=state.arrives if state.phase == "arrived" else state.announced_arrival,
        capacity=dict(state.seats),
        last_change=changed.n,
        last_fact=1 if for_sale else 0,
        diverted_to=state.diverted_to,
    )
    return Applied(ledger, (SeatsFreed(flight=changed.flight, n=1),) if for_sale else ())


def _disruptions(
    before: SeatLedger, after: SeatLedger, changed: FlightChanged
) -> Iterator[tuple[Disruption, tuple[Pnr, ...]]]:
    everyone = tuple(sorted(before.holders))
    if after.phase == "cancelled":
        if before.phase != "cancelled" and everyone:
            yield "cancelled", everyone
        return
    if after.diverted_to is not None and after.diverted_to != before.diverted_to:
        yield "diverted", everyone
    elif _retimed(before, changed):
        # Said, like the former, even where nobody holds a seat: plans on their way to this flight count on the old times and
        # must go stale; and who waits for a flight on from where this one lands holds no seat on it any more.
        yield "retimed", everyone
    if after.offloaded and _fitted_anew(before, after):
        yield "downgauged", after.offloaded


def _fitted_anew(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether holders and seats must be compared again: the flight has other seats, or flies after all; or it leaves, and those
    for whom there is no seat are left behind."""
    if before.phase in LEFT or after.phase == "cancelled":
        return False
    return after.capacity != before.capacity or after.phase != before.phase


def _retimed(before: SeatLedger, changed: FlightChanged) -> bool:
    """Whether people must be told other times than the ledger's.

    The monitor's threshold decides what is worth telling, so small differences count only if it said so, or if
    messages between were skipped, one of which may have said so.
    """
    if changed.change not in ("retimed", "restored") and changed.n == before.last_change + 1:
        return False
    departure = before.phase not in LEFT and changed.state.announced_departure != before.departs
    arrival = before.phase != "arrived" and changed.state.announced_arrival != before.arrives
    return departure or arrival


def _within_reach(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether seats that nobody waiting could have had before can be had now: open again, later, or on a larger aircraft."""
    if after.phase != "scheduled":
        return False
    reopened = before.phase != "scheduled" or after.departs > before.departs
    return any(
        (reopened or after.capacity.get(cabin, 0) > before.capacity.get(cabin, 0)) and after.free(cabin) > 0
        for cabin in CABINS
    )


def _capacity(ledger: SeatLedger, state: Flight) -> dict[Cabin, int]:
    """The seats of the aircraft now assigned; a state that knows none denies none."""
    return dict(state.seats) or ledger.capacity
