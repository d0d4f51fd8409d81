"""What the parties of one window share: the free seats, and the ways between two places."""

import sys
from collections.abc import Collection
from copy import copy
from datetime import date, datetime, timedelta

from agents.planner.domain.hops import Hops
from agents.planner.domain.network import Availability, Micros, Network, length
from agents.planner.domain.reservations import NO_SEATS, SeatCounts
from agents.planner.domain.rules import TripRules, arrival_terminal, terminals_between
from contracts.flights import Place
from contracts.names import BY_LAND, Airport, Cabin, Carrier, FlightKey
from contracts.passengers import Ssr
from contracts.rules import UNKNOWN_TERMINALS, Reach, Terminals


class CabinSeats:
    """The seats of one cabin of one flight within one window."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left
        """Not yet given to a party of this window."""


class OnBoard:
    """How many passengers with one special service a flight has within one window."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Served:
    """The same to parties by whose rules a flight takes only so many."""

    __slots__ = ("_most", "_on_board")

    def __init__(self, on_board: OnBoard, most: int) -> None:
        self._on_board, self._most = on_board, most

    @property
    def left(self) -> int:
        return self._most - self._on_board.number

    def take(self, number: int) -> None:
        self._on_board.number += number


class SeatPool:
    """One window's view of the flights. Each cabin's seats exist once.

    `reserved` seats are not given away, though the network has them free. `latest` is the last departure that any party of the
    window may have. The network must not change while the pool is in use. `by` returns it as parties see it that are judged by
    other rules.
    """

    def __init__(
        self, network: Network, *, now: datetime, latest: datetime, rules: TripRules, reserved: SeatCounts = NO_SEATS
    ) -> None:
        self.latest = latest
        self._network, self._now = network, now
        self.looked_at = 0
        """How many flights searches have looked at: the size of their work, whatever the machine."""
        self._reserved = reserved
        self._seats: dict[tuple[FlightKey, Cabin], CabinSeats] = {}
        self._on_board: dict[tuple[FlightKey, Ssr], OnBoard] = {}
        self._views: dict[tuple[Carrier | None, timedelta], SeatPool] = {}
        self._judge_by(rules)

    def by(self, rules: TripRules) -> "SeatPool":
        """The same seats, to parties judged by these rules."""
        if rules is self.rules:
            return self
        key = (rules.carrier, rules.extra)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = copy(self)
            view._judge_by(rules)
        return view

    def _judge_by(self, rules: TripRules) -> None:
        self.rules = rules
        self.earliest = self._now + rules.lead
        self.elsewhere = self._now + max(rules.lead, rules.co_terminal_least)
        """The earliest departure from another airport of the city than the one that the party is at, or was to leave from."""
        self.closes_early = bool(rules.stations)
        """Whether the earliest departure depends on the airport (`earliest_from`)."""
        self.by_terminal = rules.has_terminals
        """Whether minimum connections depend on terminals (`wait_needed`)."""
        self._terminals: dict[Airport, set[Place | None]] = {}
        for row in rules.connections if self.by_terminal else ():
            if row.station is not None:
                self._terminals.setdefault(row.station, {None}).add(row.departing_terminal)
        self.hops = Hops(self._network, rules)
        self._stations = {row.station for row in rules.connections}
        self._least: dict[tuple[Airport | None, bool, Reach, Reach, date, Terminals], Micros] = {}

    def earliest_from(self, airport: Airport, *, begins: bool) -> datetime:
        """The earliest departure from there. `begins`: the party's trip begins with it."""
        return self._now + self.rules.lead_at(airport, begins=begins)

    def served(self, flight: Availability, ssr: Ssr) -> Served:
        """The flight's passengers with a special service of which the rules allow only so many."""
        key = (flight.flight, ssr)
        on_board = self._on_board.get(key)
        if on_board is None:
            on_board = self._on_board[key] = OnBoard(flight.services.get(ssr, 0))
        most = self.rules.services[ssr].most
        return Served(on_board, sys.maxsize if most is None else most)

    def flight(self, key: FlightKey) -> Availability | None:
        """The flight as it is now; None where it is not known."""
        if key not in self._network:
            return None
        return self._network[key]

    def is_by_land(self, flight: FlightKey) -> bool:
        """Whether it is known to be a train or a coach."""
        return flight in self._network and self._network[flight].mode in BY_LAND

    def seats(self, flight: Availability, cabin: Cabin) -> CabinSeats:
        key = (flight.flight, cabin)
        seats = self._seats.get(key)
        if seats is None:
            seats = self._seats[key] = CabinSeats(flight.free.get(cabin, 0) - self._reserved.get(key, 0))
        return seats

    def has_seats(self, flight: Availability, cabins: Collection[Cabin], seats: int) -> bool:
        """Whether one of the cabins has this number of seats left."""
        for cabin, left in flight.free.items():
            if left < seats or cabin not in cabins:
                continue  # mostly so, and no question is asked more often
            key = (flight.flight, cabin)
            given = self._seats.get(key)
            if (given.left if given is not None else left - self._reserved.get(key, 0)) >= seats:
                return True
        return False

    def least_connection(self, inbound: Availability, origin: Airport, destination: Airport) -> Micros:
        """The minimum time from landing on `inbound` to a departure from `origin` to `destination`; where it depends on the
        terminal of the departure, the shortest."""
        if not self.by_terminal:
            return self._minimum(inbound, origin, destination, UNKNOWN_TERMINALS)
        arrives = arrival_terminal(inbound, origin)
        every = self._terminals.get(origin, (None,))
        return min(self._minimum(inbound, origin, destination, (arrives, departs)) for departs in every)

    def wait_needed(self, inbound: Availability, onward: Availability) -> Micros:
        """The minimum time from landing on `inbound` to the departure of `onward`, by their terminals."""
        return self._minimum(inbound, onward.origin, onward.destination, terminals_between(inbound, onward))

    def _minimum(self, inbound: Availability, origin: Airport, destination: Airport, terminals: Terminals) -> Micros:
        """Found once for all flights for which the table has one: of few airports it has rows of their own."""
        rules, lands, on = self.rules, inbound.lands, inbound.arrives.date()
        arriving, departing = rules.reach(inbound.origin, lands), rules.reach(origin, destination)
        key = (origin if origin in self._stations else None, lands == origin, arriving, departing, on, terminals)
        least = self._least.get(key)
        if least is None:
            leg, onward = (inbound.origin, lands), (origin, destination)
            least = self._least[key] = length(rules.least_connection(leg, departing=onward, on=on, terminals=terminals))
        return least
