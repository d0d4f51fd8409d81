"""Connections that hold again: the seats that parties have lost behind them are offered again (`SeatsFreed.lost_by`).

A flight that becomes open again, or gets other times by an announcement, offers its seats itself. A connection may hold again
without that: the flight before makes up a few minutes, or has its aircraft back. So each change of a flight's known times or
aircraft is compared with the flights on which parties that were to come with it, or to go on to, have lost seats.

What counts is the whole minimum, for the seats are sold again, or the stay between two journeys as it was sold. A party is
named when its connection begins to hold, once, until it fails and holds again; whom a disruption names is planned anyhow.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from agents.booker.domain.connections import Ledgers, Pair, stay_aboard, wait
from agents.booker.domain.rules import SaleRules, terminals_between
from agents.booker.domain.stays import Stay, lands_at, least_stay
from contracts.flights import FlightChanged
from contracts.ledger import Booking, Journey, JourneyKey, SeatLedger
from contracts.names import CABINS, FlightKey, Pnr, origin_of


def flights_lost_near(ledgers: Iterable[SeatLedger]) -> set[FlightKey]:
    """The flights before or after these on a way that parties have lost."""
    return {flight for ledger in ledgers for flight in (*ledger.lost_onward, *ledger.lost_behind.values())}


def regaining_parties(changes: Iterable[FlightChanged], ledgers: Ledgers, *, rules: SaleRules) -> set[Pnr]:
    """Get the parties whose bookings `regained` may need for these changes, in whatever order they are applied."""
    times: defaultdict[FlightKey, list[tuple[datetime, datetime]]] = defaultdict(list)
    for change in changes:
        times[change.flight].append((change.state.departs, change.state.arrives))
    found: set[Pnr] = set()
    for flight in times.keys() & ledgers.keys():
        ledger = ledgers[flight]
        pairs = [(flight, onward) for onward in ledger.lost_onward]
        pairs += [(inbound, flight) for inbound in set(ledger.lost_behind.values())]
        for first, second in pairs:
            if first in ledgers and second in ledgers and _may_hold(ledgers[first], ledgers[second], times, rules):
                found.update(pnr for pnr, behind in ledgers[second].lost_behind.items() if behind == first)
    return found


def _may_hold(
    first: SeatLedger,
    second: SeatLedger,
    times: Mapping[FlightKey, list[tuple[datetime, datetime]]],
    rules: SaleRules,
) -> bool:
    """Whether the connection may begin to hold by these times of the two, beside those that they have."""
    arrivals = [first.expected_arrival, *(arrives for _, arrives in times.get(first.flight, ()))]
    departures = [second.expected_departure, *(departs for departs, _ in times.get(second.flight, ()))]
    shortest, longest = min(departures) - max(arrivals), max(departures) - min(arrivals)
    may_go_on = _number(first.flight) == _number(second.flight)  # by whatever schedules these changes give them
    return may_go_on or (shortest < longest and shortest < rules.longest_minimum and longest >= timedelta(0))


def _number(flight: FlightKey) -> str:
    return flight.rsplit(".", 2)[0]


def regained(
    before: SeatLedger,
    after: SeatLedger,
    others: Ledgers,
    bookings: Mapping[Pnr, Booking],
    *,
    named: Collection[Pnr],
    rules: SaleRules,
) -> dict[FlightKey, list[JourneyKey]]:
    """Get the journeys whose connection to a flight on which they had lost seats holds again by this change, by that flight.

    `others` are the flights around it as they are now, `bookings` those of `regaining_parties`, `named` the parties that the
    change disrupts.
    """
    found: defaultdict[FlightKey, list[JourneyKey]] = defaultdict(list)
    if not bookings:
        return found
    for was, now in _pairs(before, after, others):
        second = now.second
        if second.phase != "scheduled" or not any(second.free(cabin) > 0 for cabin in CABINS):
            continue
        for pnr, behind in second.lost_behind.items():
            booking = bookings.get(pnr)
            journey = booking.journey(second.lost_by[pnr]) if booking else None
            if booking is None or journey is None or behind != now.first.flight or pnr in named or journey.moved_back:
                continue
            if _holds(now, booking, journey, rules) and not _holds(was, booking, journey, rules):
                found[second.flight].append((pnr, journey.number))
    return found


def _pairs(before: SeatLedger, after: SeatLedger, others: Ledgers) -> Iterator[tuple[Pair, Pair]]:
    for flight in after.lost_onward or before.lost_onward:
        if (onward := others.get(flight)) is not None:
            yield Pair(before, onward), Pair(after, onward)
    for flight in set(after.lost_behind.values()):
        if (inbound := others.get(flight)) is not None:
            yield Pair(inbound, before), Pair(inbound, after)


def _holds(pair: Pair, booking: Booking, journey: Journey, rules: SaleRules) -> bool:
    first, second = pair
    rules = rules.of(journey.ticket, booking.party)
    if first.phase == "cancelled":
        return False
    if stay_aboard(first, second):
        return wait(first, second) >= timedelta(0)  # until it is put off, no seat on it can be sold
    lands, origin = lands_at(first), origin_of(second.flight)
    earlier, _ = booking.neighbours(journey.number)
    if earlier is not None and earlier.legs and earlier.legs[-1].flight == first.flight:
        return wait(first, second) >= least_stay(Stay(earlier, journey), first, origin, rules=rules, in_full=True)
    if not rules.same_city(lands, origin):
        return False
    arriving, departing = (origin_of(first.flight), lands), (origin, second.destination)
    terminals = terminals_between(first, second, lands=lands)
    least = rules.least_connection(arriving, departing, on=first.expected_arrival.date(), terminals=terminals)
    return wait(first, second) >= least
