"""Connections that a flight's known times, or its aircraft, make impossible, and connections that hold again.

What counts is the consequence for a party, not the size of a move: a first flight 29 minutes late and a second one 17 minutes
early may each be below the threshold at which passengers are informed, and break the connection together. So each change of a
flight's known times is compared with the flights that its holders come from and go on to, which its ledger names: no
booking is read unless a connection has become tight.

A connection is kept down to a share of its minimum (`SaleRules.kept_connection`), or to what was sold
if that was shorter: no party is moved off a connection that can be made by those who hurry, and estimates that move by a few
minutes do not decide back and forth. Once broken, the party is named once, until its connection holds and breaks again.

Two journeys of a booking with a short stay between them are looked at in the same way, by the rules for stays (`stays`).

A party whose flight goes on under its number stays on board. It has a connection there only where another aircraft flies the
next leg: what was sold was a stop, and allows no shorter one. That the next leg is flown by another may show only when it
leaves, before the one before has landed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from agents.booker.domain.rules import SaleRules, terminals_between
from agents.booker.domain.stays import Stay, is_unreachable, lands_at, stay_between
from contracts.flights import FlightChanged
from contracts.identity import goes_on, stays_aboard
from contracts.ledger import Booking, Connection, Leg, SeatLedger
from contracts.names import Airport, FlightKey, Pnr, origin_of

Ledgers = Mapping[FlightKey, SeatLedger]


class Broken(NamedTuple):
    """Whom a change of a flight keeps from another one."""

    parties: list[Pnr]
    """Those that can no longer change planes, sorted."""
    stays: list[tuple[Pnr, Stay]]
    """Those of whose stay between two journeys too little is left: the second one begins too early."""


class Pair(NamedTuple):
    """Two flights, one after the other."""

    first: SeatLedger
    second: SeatLedger


def connected_flights(ledgers: Iterable[SeatLedger]) -> set[FlightKey]:
    """The flights that holders of these come from or go on to."""
    return {
        flight
        for ledger in ledgers
        for connection in ledger.connecting.values()
        for flight in (connection.inbound, connection.onward)
        if flight is not None
    }


def tight_connections(changes: Iterable[FlightChanged], ledgers: Ledgers, *, rules: SaleRules) -> set[Pnr]:
    """Get the parties whose bookings `broken_connections` may need for these changes, in whatever order they are applied."""
    latest: dict[FlightKey, datetime] = {}
    earliest: dict[FlightKey, datetime] = {}
    elsewhere: dict[FlightKey, set[Airport]] = {}
    changed = set()
    for change in changes:
        flight, state = change.flight, change.state
        changed.add(flight)
        latest[flight] = max(latest.get(flight, state.arrives), state.arrives)
        earliest[flight] = min(earliest.get(flight, state.departs), state.departs)
        if state.diverted_to is not None:
            elsewhere.setdefault(flight, set()).add(state.diverted_to)
    found: set[Pnr] = set()
    here, there = rules.longest_tight, rules.longest_minimum
    for flight in changed:
        ledger = ledgers.get(flight)
        for pnr, held in ledger.connecting.items() if ledger else ():
            for first, second in ((held.inbound, flight), (flight, held.onward)):
                if first is None or second is None or first not in ledgers or second not in ledgers:
                    continue
                arrives = max(latest.get(first, ledgers[first].expected_arrival), ledgers[first].expected_arrival)
                departs = min(
                    earliest.get(second, ledgers[second].expected_departure), ledgers[second].expected_departure
                )
                wait, origin = departs - arrives, origin_of(second)
                is_here = ledgers[first].destination == lands_at(ledgers[first]) == origin and first not in elsewhere
                if wait < (here if is_here else there):
                    found.add(pnr)
    return found


def broken_connections(
    before: SeatLedger, after: SeatLedger, others: Ledgers, bookings: Mapping[Pnr, Booking], *, rules: SaleRules
) -> Broken:
    """Get what becomes impossible because of this change of a flight's times or aircraft, or because it has left or come in.

    `others` are the flights before and after it as they are now, `bookings` those of `tight_connections`. A flight that is
    cancelled or is to land elsewhere than before says so to all its holders itself. One that is on its way elsewhere brings its
    passengers to the next flight all the same, there or where most fly on to, as far as its known time allows.
    """
    broken = Broken([], [])
    same_times = _times(before) == _times(after)
    if after.phase == "cancelled" or (same_times and _aircraft(before) == _aircraft(after)):
        return broken
    for pnr, booking in _connecting(after, bookings):
        for was, now in _pairs(after.connecting[pnr], before, after, others):
            if same_times and not stay_aboard(*was):
                continue  # only a stop breaks without a move
            stay = stay_between(booking, now.first.flight, now.second.flight)
            if stay is None:
                if _breaks(was, now, booking, rules=rules) and pnr not in broken.parties:
                    broken.parties.append(pnr)
                continue
            own = rules.of(stay.following.ticket, booking.party)
            if is_unreachable(stay, *now, rules=own) and not is_unreachable(stay, *was, rules=own):
                broken.stays.append((pnr, stay))
    broken.parties.sort()
    return broken


def _connecting(ledger: SeatLedger, bookings: Mapping[Pnr, Booking]) -> Iterator[tuple[Pnr, Booking]]:
    """The holders with flights around this one, of those whose bookings are there: of no other is a connection tight."""
    connecting = ledger.connecting
    if len(bookings) < len(connecting):
        yield from ((pnr, booking) for pnr, booking in bookings.items() if pnr in connecting)
    else:
        yield from ((pnr, bookings[pnr]) for pnr in connecting if pnr in bookings)


def _pairs(held: Connection, before: SeatLedger, after: SeatLedger, others: Ledgers) -> Iterator[tuple[Pair, Pair]]:
    """The connections to this flight and from it, as they were and as they are, but to one that is cancelled."""
    inbound, onward = others.get(held.inbound or ""), others.get(held.onward or "")
    if inbound:
        yield Pair(inbound, before), Pair(inbound, after)
    if onward and onward.phase != "cancelled":
        yield Pair(before, onward), Pair(after, onward)


def _breaks(was: Pair, now: Pair, booking: Booking, *, rules: SaleRules) -> bool:
    least = _least(*now, booking, rules=rules)
    if least is None or wait(*now) >= least:
        return False
    return stay_aboard(*was) or wait(*was) >= least


def _least(first: SeatLedger, second: SeatLedger, booking: Booking, *, rules: SaleRules) -> timedelta | None:
    """The shortest wait with which the party keeps this connection; None where it is far from it, or stays on board."""
    if stay_aboard(first, second):
        return None
    if wait(first, second) >= rules.longest_minimum:
        return None
    for journey in booking.journeys:
        legs = {leg.flight: leg for leg in journey.legs}
        inbound, onward = legs.get(first.flight), legs.get(second.flight)
        if inbound and onward:
            own = rules.of(journey.ticket, booking.party)
            kept, _ = shortest_kept(first, second, own)
            return None if wait(first, second) >= kept else _as_sold(first, second, inbound, onward, own)
    return None


def is_lost(first: SeatLedger, second: SeatLedger, inbound: Leg, onward: Leg, *, rules: SaleRules) -> bool:
    """Whether a party on these two legs, at the times that it was sold, cannot change planes there as far as is known."""
    return not stay_aboard(first, second) and wait(first, second) < _as_sold(first, second, inbound, onward, rules)


def _as_sold(first: SeatLedger, second: SeatLedger, inbound: Leg, onward: Leg, rules: SaleRules) -> timedelta:
    """The shortest wait with which a party that was sold these legs keeps its connection."""
    kept, lands = shortest_kept(first, second, rules)
    if goes_on(first, second) or lands != inbound.destination:
        return kept
    return min(kept, onward.departs - inbound.arrives)


def shortest_kept(first: SeatLedger, second: SeatLedger, rules: SaleRules) -> tuple[timedelta, Airport]:
    """The shortest wait for which a connection is kept, whatever was sold, and the airport where it begins."""
    lands, origin = lands_at(first), origin_of(second.flight)
    lands = lands if rules.same_city(lands, origin) else first.destination
    arriving, departing = (origin_of(first.flight), lands), (origin, second.destination)
    terminals = terminals_between(first, second, lands=lands)
    return rules.kept_connection(arriving, departing, on=first.expected_arrival.date(), terminals=terminals), lands


def stay_aboard(first: SeatLedger, second: SeatLedger) -> bool:
    """Whether the passengers of the first flight go on with the second without changing planes, as far as is known."""
    if lands_at(first) != origin_of(second.flight):
        return False
    return stays_aboard(first, second, arrives=first.expected_arrival, departs=second.expected_departure)


def wait(first: SeatLedger, second: SeatLedger) -> timedelta:
    """Between the two, by their best known times."""
    return second.expected_departure - first.expected_arrival


def _times(ledger: SeatLedger) -> tuple[datetime, datetime]:
    return ledger.expected_departure, ledger.expected_arrival


def _aircraft(ledger: SeatLedger) -> tuple[object, ...]:
    """By what a flight shows whether its aircraft flies the leg before or after it, but its times."""
    return ledger.tail, ledger.schedule, ledger.phase
