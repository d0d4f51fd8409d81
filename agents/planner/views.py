"""The planner's views: what it knows without asking. They are fed by the LEDGER stream and the weather.

The views of the ledger change together, one commit at a time. A commit updates the flights in `network`, and ends the
reservations that it makes obsolete, before any other code runs: flights and reservations are always of the same moment. While
they are frozen for a window that is planned, commits wait and are then applied in order.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.planner.brakes import BrakesKnown
from agents.planner.domain import Availability, Network, Reservations, TripRules, availability_of
from agents.planner.domain.affected import waiting, waiting_for_flight
from bus import Bus, Retry, Seen, View
from bus.logs import get_logger
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    SEAT_LEDGER,
    WAITLIST,
    ActiveBooker,
    Booking,
    JourneyKey,
    SeatLedger,
    WaitlistEntry,
)
from contracts.names import Airport, FlightKey, Pnr
from contracts.rules import RULES_IN_FORCE, RulesInForce
from contracts.weather import WEATHER_OBSERVED, WeatherObserved

log = get_logger("planner")

_NO_RULES = timedelta(seconds=1)
"""When to look again for rules in force."""
_LONGEST_LAG = timedelta(days=1)
"""Stands for the infinite lag of a view that was never proved current, which no arithmetic on dates can take."""


@dataclass(frozen=True, slots=True)
class StoredBooking:
    """A booking as it was read."""

    booking: Booking
    revision: int
    written_at: datetime


class PlannerViews:
    """Views of seats, waitlist, active booker and weather, and the index of flights made from the first.

    Bookings are not in a view but read when needed: there are many, and a disruption affects few of them.
    """

    def __init__(self, bus: Bus, reservations: Reservations, *, countries: dict[Airport, str]) -> None:
        self._bus = bus
        self._countries = countries
        self._in_force: TripRules | None = None
        self._reservations = reservations
        self.network = Network()
        self._keys: dict[str, FlightKey] = {}
        self._frozen_at: int | None = None
        self._waiting: list[Callable[[], None]] = []
        """Changes that came while the flights are frozen."""
        self._moves = asyncio.Event()
        """Set while they are not frozen."""
        self._moves.set()
        self._seated: dict[FlightKey, set[Pnr]] = {}
        """Parties with an undecided reservation that hold seats on a flight of the commit being applied."""
        self._seats: View[SeatLedger, Availability] = bus.view(
            SEAT_LEDGER, self._availability, changed=self._flight_changed
        )
        self._waitlist: View[WaitlistEntry, WaitlistEntry] = bus.view(WAITLIST, lambda entry, _revision, _at: entry)
        self._active_booker: View[ActiveBooker, ActiveBooker] = bus.view(
            ACTIVE_BOOKER, lambda lease, _revision, _at: lease, changed=self._plans_answered
        )
        self._rules: View[RulesInForce, RulesInForce] = bus.view(
            RULES_IN_FORCE, lambda found, _revision, _at: found, changed=self._rules_changed
        )
        self.brakes = BrakesKnown(bus)
        self._weather: View[WeatherObserved, WeatherObserved] = bus.view(WEATHER_OBSERVED, lambda seen, _rev, _at: seen)

    # How current they are.

    @property
    def as_of(self) -> int:
        """The LEDGER sequence that the flights are known at."""
        return self._seats.sequence if self._frozen_at is None else self._frozen_at

    @property
    def lag(self) -> timedelta:
        """Wall-clock time since the flights were last proved current."""
        return self._seats.lag

    @property
    def event_time_lag(self) -> timedelta:
        """The lag in event time, which passes `speed` times as fast. Zero in lock-step, where time waits for the views."""
        return timedelta(0) if self._bus.is_lockstep else min(self.lag, _LONGEST_LAG) * self._bus.speed

    async def reach(self, sequence: int) -> None:
        """Wait until everything committed up to this LEDGER sequence is known."""
        await self._seats.reach(sequence)
        while self.as_of < sequence:
            await self._moves.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, flights and reservations stay as they are, whatever is committed meanwhile. Not to be entered twice."""
        self._frozen_at = self._seats.sequence
        self._moves.clear()
        try:
            yield
        finally:
            self._frozen_at = None
            waiting, self._waiting = self._waiting, []
            for change in waiting:
                change()
            self._moves.set()

    async def catch_up(self, sequence: int, *, lag_limit: timedelta) -> None:
        """Wait until the lag is within the limit and everything committed up to this LEDGER sequence is known.

        Raises `Retry` while no rules are in force: no booker has been active yet.
        """
        while self.lag > lag_limit:
            log.warning("waiting for the view of seats", lag_s=round(self.lag.total_seconds(), 3))
            await asyncio.sleep(lag_limit.total_seconds() / 4)
        await self.reach(sequence)
        if self._in_force is None:
            raise Retry(_NO_RULES, "no rules are in force: no booker has been active yet")

    # What they hold.

    @property
    def rules(self) -> TripRules:
        """Those in force, after `catch_up`. Raises `LookupError` where there are none."""
        if self._in_force is None:
            raise LookupError("no rules are in force")
        return self._in_force

    def lacks_flight_of(self, booking: Booking) -> bool:
        """Whether the booking is on a flight not known yet: it was read at a later moment than the views are at."""
        return any(leg.flight not in self.network for leg in booking.seated)

    def waitlist_entry(self, journey: JourneyKey) -> WaitlistEntry | None:
        """Where a party waits for a stranded journey, and what it has flown; None for any other journey."""
        pnr, number = journey
        seen = self._waitlist.get(WAITLIST.key(pnr=pnr, journey=number).name)
        return seen.value if seen else None

    def waiting_for(self, flight: FlightKey | None) -> list[WaitlistEntry]:
        """The waitlist entries of parties whose trip this flight may be part of; all entries for None."""
        waitlist = (seen.value for _, seen in self._waitlist.items())
        if flight is None:
            return list(waiting(waitlist, network=self.network))
        if flight not in self.network:
            return []
        return list(waiting_for_flight(self.network[flight], waitlist, network=self.network, rules=self.rules))

    def weather(self, airport: Airport) -> Seen[WeatherObserved] | None:
        """The last observation at the airport."""
        return self._weather.get(WEATHER_OBSERVED.key(airport=airport).name)

    async def bookings(self, pnrs: Iterable[Pnr]) -> dict[Pnr, StoredBooking]:
        """Read those bookings that exist. None is older than the flights are known at."""
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=self.as_of)
        return {
            pnr: StoredBooking(entry.message, entry.revision, entry.written_at)
            for pnr, key in keys.items()
            if (entry := loaded[key])
        }

    # How they are fed.

    def _availability(self, ledger: SeatLedger, revision: int, written_at: datetime) -> Availability:
        if seated := self._reservations.undecided & ledger.holders.keys():
            self._seated[ledger.flight] = seated
        return availability_of(ledger, revision=revision, written_at=written_at)

    def _flight_changed(self, name: str, flight: Availability | None) -> None:
        self._change(lambda: self._put(name, flight))

    def _plans_answered(self, _name: str, lease: ActiveBooker | None) -> None:
        if lease is not None:
            self._change(lambda: self._reservations.settle(lease.plans_heard))

    def _rules_changed(self, _name: str, found: RulesInForce | None) -> None:
        if found is not None:
            self._change(lambda: self._work_by(found))

    def _work_by(self, found: RulesInForce) -> None:
        self._in_force = TripRules.by(found, countries=self._countries)

    def _change(self, change: Callable[[], None]) -> None:
        if self._frozen_at is None:
            change()
        else:
            self._waiting.append(change)

    def _put(self, name: str, flight: Availability | None) -> None:
        if flight is not None:
            self._reservations.seated(self._seated.pop(flight.flight, ()), flight.flight)
            self._keys[name] = flight.flight
            self.network.put(flight)
        elif name in self._keys:
            self.network.remove(self._keys.pop(name))
