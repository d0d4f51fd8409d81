"""What a change of a flight does to its seats.

A `FlightChanged` carries the whole flight, so its effect is computed from the difference between the ledger and that state, and
not from the name of the change alone. A skipped message (redelivery can change their order) is therefore covered by the next
one, and a message that the ledger has already passed changes nothing.

The ledger holds the *announced* times, which passengers know, and beside them the best known and the scheduled ones where they
differ. The actual times replace the announced ones without a fact once the flight has left or arrived. Holders never change
here: only a committed plan gives up seats. Which seats they hold by number does, with the aircraft (`reseating`).
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import structs

from agents.booker.domain.connections import broken_connections
from agents.booker.domain.offload import Presence, offloaded, presence_on
from agents.booker.domain.regaining import regained
from agents.booker.domain.reseating import reseated
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.stays import Stay
from bus import derived_id
from contracts.flights import LEFT, Flight, FlightChanged
from contracts.ledger import (
    Booking,
    Disruption,
    JourneyAffected,
    JourneyKey,
    Party,
    Schedule,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    SeatsReassigned,
)
from contracts.names import BY_LAND, CABINS, FlightKey, Pnr

T = TypeVar("T")
SeatsFact: TypeAlias = SeatsDisrupted | SeatsFreed | SeatsReassigned

_NO_PARTIES: Mapping[Pnr, Party] = MappingProxyType({})
_NO_PRESENCE: Presence = MappingProxyType({})
_NO_BOOKINGS: Mapping[Pnr, Booking] = MappingProxyType({})
_NO_LAYOUTS = Layouts()
_RULES = SaleRules()
_DOWN = frozenset({"landed", "arrived"})


class Applied(NamedTuple):
    """A flight's ledger after a change, and the facts about it."""

    ledger: SeatLedger
    facts: tuple[SeatsFact, ...]


@dataclass(frozen=True, slots=True)
class Changes(Generic[T]):
    """The result of a group of changes, to be written in one commit. Each token is in `facts`, once per fact, or in `done`."""

    seats: dict[FlightKey, SeatLedger]
    facts: list[tuple[T, SeatsFact | JourneyAffected]]
    done: list[T]
    """Causes without a fact: the ledger had passed them, or they changed it silently."""


def apply_changes(
    changes: Sequence[tuple[FlightChanged, T]],
    *,
    ledgers: Mapping[FlightKey, SeatLedger],
    bookings: Mapping[Pnr, Booking] = _NO_BOOKINGS,
    rules: SaleRules = _RULES,
    layouts: Layouts = _NO_LAYOUTS,
) -> Changes[T]:
    """Apply a group in order. A flight that `ledgers` lacks is new; it has those of `connected_flights` and of
    `flights_lost_near` as well. `bookings` has those that `parties_needed`, `tight_connections` and `regaining_parties` name,
    `layouts` those that the changes name and are known."""
    result: Changes[T] = Changes({}, [], [])
    now = ChainMap(result.seats, dict(ledgers))
    parties = {pnr: booking.party for pnr, booking in bookings.items()}
    for changed, token in changes:
        ledger = now.get(changed.flight)
        affected: list[JourneyAffected] = []
        presence = presence_on(changed.flight, bookings) if bookings else {}
        applied = on_change(ledger, changed, parties=parties, presence=presence, rules=rules)
        if applied is not None and ledger is not None:
            broken = broken_connections(ledger, applied.ledger, now, bookings, rules=rules)
            applied = _with_broken_connections(applied, broken.parties, rules=rules)
            affected = _begun_too_early(changed, broken.stays, applied, rules=rules)
        if applied is not None and _is_reseated(applied.ledger, changed, layouts):
            reassigned, fact = reseated(applied.ledger, changed.state.layout, bookings, layouts)
            applied = Applied(reassigned, (*applied.facts, fact) if fact else applied.facts)
        if applied is not None:
            result.seats[changed.flight] = applied.ledger
        facts = [*(applied.facts if applied else ()), *affected]
        if applied is not None and ledger is not None:
            again = regained(ledger, applied.ledger, now, bookings, named=_named(applied), rules=rules)
            facts += _offered(again, applied, result.seats, now)
        result.facts.extend((token, fact) for fact in facts)
        if not facts:
            result.done.append(token)
    return result


def _with_broken_connections(applied: Applied, broken: Iterable[Pnr], *, rules: SaleRules) -> Applied:
    """The change, with those parties named for a broken connection whom no fact of it names already."""
    named = _named(applied)
    parties = tuple(pnr for pnr in broken if pnr not in named)
    if not parties:
        return applied
    ledger = applied.ledger
    n = ledger.last_fact + 1
    fact = SeatsDisrupted(
        flight=ledger.flight,
        n=n,
        kind="misconnected",
        parties=parties,
        departs=ledger.expected_departure,
        arrives=ledger.expected_arrival,
        rules=rules.version,
    )
    return Applied(structs.replace(ledger, last_fact=n, last_disruption=n), (*applied.facts, fact))


def _begun_too_early(
    changed: FlightChanged, stays: Iterable[tuple[Pnr, Stay]], applied: Applied, *, rules: SaleRules
) -> list[JourneyAffected]:
    """That these stays are too short, of the parties whom no disruption names. Any other is answered for the journey of this
    flight; if that is the one before the stay, whether the next one can be begun shows in its new trip."""
    named = _named(applied)
    return [
        JourneyAffected(
            pnr=pnr,
            journey=stay.following.number,
            id=derived_id("stay", pnr, str(stay.following.number), changed.flight, str(changed.n)),
            by=stay.before.number,
            rules=rules.version,
        )
        for pnr, stay in stays
        if pnr not in named
    ]


def _offered(
    again: Mapping[FlightKey, Sequence[JourneyKey]],
    applied: Applied,
    seats: dict[FlightKey, SeatLedger],
    now: Mapping[FlightKey, SeatLedger],
) -> list[SeatsFreed]:
    """The offers of seats behind connections that hold again by this change, with the ledgers that have them put into `seats`.
    Those that the change itself offers are left out."""
    offered = {(fact.flight, key) for fact in applied.facts if isinstance(fact, SeatsFreed) for key in fact.lost_by}
    facts = []
    for flight, journeys in again.items():
        lost_by = tuple(sorted(key for key in journeys if (flight, key) not in offered))
        if lost_by:
            ledger = now[flight]
            fact = SeatsFreed(flight=flight, n=ledger.last_fact + 1, lost_by=lost_by)
            seats[flight] = structs.replace(ledger, last_fact=fact.n)
            facts.append(fact)
    return facts


def _named(applied: Applied) -> set[Pnr]:
    return {pnr for fact in applied.facts if isinstance(fact, SeatsDisrupted) for pnr in fact.parties}


def _is_reseated(ledger: SeatLedger, changed: FlightChanged, layouts: Layouts) -> bool:
    """Whether the flight's seats are to be given out by another layout than now."""
    named = changed.state.layout
    if ledger.layout == named or ledger.phase in LEFT or changed.state.phase in ("cancelled", *LEFT):
        return False
    return named in layouts or ledger.layout is not None


def parties_needed(
    ledger: SeatLedger | None, changed: FlightChanged, layouts: Layouts = _NO_LAYOUTS
) -> tuple[Pnr, ...]:
    """Get the holders among whom `apply_changes` may have to choose, whatever changes precede it in a group: those of cabins
    that are too small, and all whose seats are given out by another layout.

    Nearly always empty, so bookings are loaded only when there is a choice.
    """
    if ledger is None or changed.n <= ledger.last_change or ledger.phase in LEFT or changed.state.phase == "cancelled":
        return ()
    if _is_reseated(ledger, changed, layouts):
        return tuple(ledger.holders)
    resized = _resized(ledger, changed.state)
    overfull = {cabin for cabin in CABINS if resized.free(cabin) < 0}
    return tuple(pnr for pnr, held in ledger.holders.items() if held.cabin in overfull) if overfull else ()


def on_change(
    ledger: SeatLedger | None,
    changed: FlightChanged,
    *,
    parties: Mapping[Pnr, Party] = _NO_PARTIES,
    presence: Presence = _NO_PRESENCE,
    rules: SaleRules = _RULES,
) -> Applied | None:
    """Get the ledger after `changed` and its facts, numbered on from `ledger.last_fact`; None if the ledger has passed it.

    `parties` are the parties that `parties_needed` names; raises `KeyError` if one is missing. `presence` says which of them
    came to the flight, as far as it is known.

    A restored flight is no disruption for its holders: each was named when it was cancelled, has not been answered since (no
    seat on a cancelled flight can be kept), and is now planned on an open flight. Its facts are its free seats, and a retiming
    if it returns at other times.
    """
    state = changed.state
    if ledger is None:
        return _opened(changed)
    if changed.n <= ledger.last_change:
        return None
    after = structs.replace(
        _resized(ledger, state),
        mode=state.mode,
        tail=state.tail,
        phase=state.phase,
        departs=state.departs if state.phase in LEFT else state.announced_departure,
        arrives=state.arrives if state.phase in _DOWN else state.announced_arrival,
        diverted_to=state.diverted_to,
        stops=state.stops,
        last_change=changed.n,
        lost_by={} if state.phase in LEFT else ledger.lost_by,
        lost_behind={} if state.phase in LEFT else ledger.lost_behind,
        lost_onward=() if state.phase == "arrived" else ledger.lost_onward,
        silent=False,
    )
    after = _with_times_and_places(after, state)
    if _refits(ledger, after):
        after = structs.replace(after, offloaded=offloaded(after, parties, presence=presence))
    n, last_disruption, last_for_all = ledger.last_fact, ledger.last_disruption, ledger.last_for_all
    facts: list[SeatsFact] = []
    for kind, parties_hit in _disruptions(ledger, after, changed):
        n = last_disruption = n + 1
        last_for_all = last_for_all if kind == "downgauged" else n
        facts.append(
            SeatsDisrupted(
                flight=after.flight,
                n=n,
                kind=kind,
                parties=parties_hit,
                departs=after.departs,
                arrives=after.arrives,
                diverted_to=after.diverted_to,
                rules=rules.version,
            )
        )
    lost_by = tuple(sorted(after.lost_by.items())) if after.lost_by and _reappeared(ledger, after) else ()
    if lost_by or _newly_sellable(ledger, after):
        n += 1
        facts.append(SeatsFreed(flight=after.flight, n=n, lost_by=lost_by))
    after = structs.replace(after, last_fact=n, last_disruption=last_disruption, last_for_all=last_for_all)
    return Applied(after, tuple(facts))


def _opened(changed: FlightChanged) -> Applied:
    """A flight that is new to the ledger: all its seats are free, and the stranded may want them."""
    state = changed.state
    for_sale = state.phase == "scheduled" and any(seats > 0 for seats in state.seats.values())
    ledger = SeatLedger(
        flight=changed.flight,
        destination=state.destination,
        phase=state.phase,
        departs=state.departs if state.phase in LEFT else state.announced_departure,
        arrives=state.arrives if state.phase in _DOWN else state.announced_arrival,
        capacity=dict(state.seats),
        authorised=dict(state.authorised),
        mode=state.mode,
        tail=state.tail,
        last_change=changed.n,
        last_fact=1 if for_sale else 0,
        diverted_to=state.diverted_to,
        stops=state.stops,
    )
    ledger = _with_times_and_places(ledger, state)
    return Applied(ledger, (SeatsFreed(flight=changed.flight, n=1),) if for_sale else ())


def _with_times_and_places(ledger: SeatLedger, state: Flight) -> SeatLedger:
    """The ledger with the terminals, and the best known times and the scheduled ones, where they are not those it has."""
    scheduled = Schedule(state.scheduled_departure, state.scheduled_arrival)
    return structs.replace(
        ledger,
        known_departure=None if state.departs == ledger.departs else state.departs,
        known_arrival=None if state.arrives == ledger.arrives else state.arrives,
        schedule=None if scheduled == Schedule(ledger.departs, ledger.arrives) else scheduled,
        departure_terminal=state.departure_terminal,
        arrival_terminal=state.arrival_terminal,
    )


def _disruptions(
    before: SeatLedger, after: SeatLedger, changed: FlightChanged
) -> Iterator[tuple[Disruption, tuple[Pnr, ...]]]:
    holders = tuple(sorted(before.holders))
    if after.phase == "cancelled":
        if before.phase != "cancelled" and holders:
            yield "cancelled", holders
        return
    is_elsewhere = after.diverted_to is not None
    if is_elsewhere and (after.diverted_to != before.diverted_to or _has_come_down(before, after)):
        yield "diverted", holders
    elif after.diverted_to != before.diverted_to or _retimed(before, changed) or _by_land_now(before, after):
        # A fact even without holders, like a diversion: plans on their way to this flight rest on the old times and must become
        # stale, and a stranded party on board, who waits for a flight from where this one lands, holds no seat on it.
        yield "retimed", holders
    if after.offloaded and _refits(before, after):
        yield "downgauged", after.offloaded


def _by_land_now(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether a train or coach leaves in place of the aircraft: its passengers were sold a flight, and must know."""
    return before.phase not in LEFT and after.mode in BY_LAND and before.mode not in BY_LAND


def _has_come_down(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether the flight is now on the ground elsewhere than at its destination, so that its passengers can be brought on."""
    return after.phase in ("landed", "returned") and before.phase != after.phase


def _refits(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether holders and seats must be compared: the flight has other seats, flies after all, or leaves, without the parties
    that have no seat."""
    if before.phase in LEFT or after.phase == "cancelled":
        return False
    return after.capacity != before.capacity or after.phase != before.phase


def _retimed(before: SeatLedger, changed: FlightChanged) -> bool:
    """Whether passengers must know other times than the ledger's.

    The monitor's threshold decides which differences matter. A smaller one counts only if the monitor called it a retiming, or
    if messages were skipped, one of which may have done so.
    """
    if changed.change not in ("retimed", "restored") and changed.n == before.last_change + 1:
        return False
    departure = before.phase not in LEFT and changed.state.announced_departure != before.departs
    arrival = before.phase not in _DOWN and changed.state.announced_arrival != before.arrives
    return departure or arrival


def _newly_sellable(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether there are seats that a stranded party could not have before: open again, later, or on a larger aircraft. A flight
    that was known to leave before the announced time, and does not any more, leaves later than it seemed."""
    if after.phase != "scheduled":
        return False
    was_early = before.expected_departure < before.departs
    reopened = (
        before.phase != "scheduled"
        or after.departs > before.departs
        or (was_early and after.expected_departure > before.expected_departure)
    )
    return any(
        (reopened or after.capacity.get(cabin, 0) > before.capacity.get(cabin, 0)) and after.free(cabin) > 0
        for cabin in CABINS
    )


def _reappeared(before: SeatLedger, after: SeatLedger) -> bool:
    """Whether parties that lost seats may be better off with them again: there are free ones, and the flight is open again, has
    other times than announced before, be it that a delay was withdrawn, or a larger aircraft."""
    if after.phase != "scheduled":
        return False
    moved = before.phase != "scheduled" or (after.departs, after.arrives) != (before.departs, before.arrives)
    return any(after.free(cabin) > 0 and (moved or after.free(cabin) > before.free(cabin)) for cabin in CABINS)


def _resized(ledger: SeatLedger, state: Flight) -> SeatLedger:
    """The ledger with the seats of the aircraft now assigned, or its own if the state has none.

    A cabin with fewer seats than before and than its holders need has none above them: its holders are offloaded down to the
    seats that there are. Where only the number authorised has become less, holders within the earlier one stay.
    """
    capacity = dict(state.seats) or ledger.capacity
    if not ledger.authorised and not state.authorised:
        return structs.replace(ledger, capacity=capacity)
    resized = structs.replace(ledger, capacity=capacity, authorised={})
    authorised = {}
    for cabin in CABINS:
        seats, before = capacity.get(cabin, 0), ledger.capacity.get(cabin, 0)
        held = resized.held(cabin)
        number = state.authorised.get(cabin, 0)
        if seats < before and held > seats:
            continue
        if number < held:
            number = min(held, ledger.authorised.get(cabin, 0))
        if number > seats:
            authorised[cabin] = number
    return structs.replace(resized, authorised=authorised)
