"""What the planner knows without asking: the flights as the ledger has them, who waits for seats, and the weather."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import airportsdata

from agents.planner.domain import Availability, Claims, Network, Rules, availability_of
from agents.planner.domain.touched import waits_for
from bus import Bus, Seen, View
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    SEAT_LEDGER,
    WAITLIST,
    ActiveBooker,
    Booking,
    SeatLedger,
    WaitlistEntry,
)
from contracts.names import Airport, FlightKey, Pnr
from contracts.plans import PlanProposed
from contracts.weather import WEATHER_OBSERVED, WeatherObserved

_LONG = timedelta(days=1)
"""A view that was never proved current has no other lag than for ever, of which nobody can reckon more."""
_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"})


class Knowledge:
    """Views of seats, of who waits and of how far the booker is, and the index over the first.

    Bookings are read when they are needed: they are many, and few are hit.
    """

    def __init__(self, bus: Bus, rules: Rules) -> None:
        self._bus = bus
        self._rules = rules
        self.network = Network()
        self._claims = Claims()
        self._names: dict[str, FlightKey] = {}
        self._seats: View[SeatLedger, Availability] = bus.view(
            SEAT_LEDGER, self._availability, changed=self._flight_changed
        )
        self._seated: dict[FlightKey, set[Pnr]] = {}
        """Who of those pondered has seats on a flight of a batch that is being applied."""
        self._waiting: View[WaitlistEntry, WaitlistEntry] = bus.view(WAITLIST, lambda marker, _revision, _at: marker)
        self._lease: View[ActiveBooker, ActiveBooker] = bus.view(ACTIVE_BOOKER, lambda lease, _revision, _at: lease)
        self._weather: View[WeatherObserved, WeatherObserved] = bus.view(WEATHER_OBSERVED, lambda seen, _rev, _at: seen)

    @property
    def as_of(self) -> int:
        """The LEDGER sequence the flights are known at."""
        return self._seats.sequence

    @property
    def lag(self) -> timedelta:
        """How long ago all this was last proved current."""
        return self._seats.lag

    @property
    def behind(self) -> timedelta:
        """The same by the time everyone goes by, which passes `speed` times as fast. While that stands still, in a lock-step,
        nothing happens that is not told first."""
        return timedelta(0) if self._bus.is_lockstep else min(self.lag, _LONG) * self._bus.tick.speed

    async def reach(self, sequence: int) -> None:
        """Returns once everything committed up to this LEDGER sequence is known."""
        await self._seats.reach(sequence)

    def marker(self, pnr: Pnr) -> WaitlistEntry | None:
        """Where a stranded party waits, and what it has flown; None for any other."""
        seen = self._waiting.get(WAITLIST.key(pnr=pnr).name)
        return seen.value if seen else None

    async def bookings(self, pnrs: Iterable[Pnr]) -> dict[Pnr, tuple[Booking, int, datetime]]:
        """Those of the bookings that exist, with their revisions and when they were written; none of them older than what is
        known of the flights."""
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=self.as_of)
        return {pnr: (e.message, e.revision, e.written_at) for pnr, key in keys.items() if (e := loaded[key])}

    def proposed(self, plan: PlanProposed, booking: Booking, sequence: int) -> None:
        """Remembers what a plan has in mind until the booker has answered it."""
        self._claims.add(plan, booking, sequence)

    def ponder(self, plan: PlanProposed, booking: Booking) -> None:
        """Remembers what a plan has in mind that is not said yet."""
        self._claims.ponder(plan, booking)

    def decided(self, pnr: Pnr) -> None:
        """The party's plan is pondered no more: it is said, or given up."""
        self._claims.decided(pnr)

    def weather(self, airport: Airport) -> Seen[WeatherObserved] | None:
        """The last observation there."""
        return self._weather.get(WEATHER_OBSERVED.key(airport=airport).name)

    @property
    def claims(self) -> Claims:
        """What is proposed and not yet answered for, as of the view's last commit."""
        lease = self._lease.get(ACTIVE_BOOKER.key().name)
        if lease is not None:
            self._claims.answered(lease.value.plans_heard)
        return self._claims

    def waiting_for(self, flight: FlightKey) -> list[WaitlistEntry]:
        """Who waits for a trip that this flight may be part of."""
        if flight not in self.network:
            return []
        markers = (seen.value for _, seen in self._waiting.items())
        return list(waits_for(self.network[flight], markers, network=self.network, rules=self._rules))

    def _availability(self, ledger: SeatLedger, revision: int, written_at: datetime) -> Availability:
        if seated := self._claims.pondering & ledger.holders.keys():
            self._seated[ledger.flight] = seated
        return availability_of(ledger, revision=revision, written_at=written_at)

    def _flight_changed(self, name: str, flight: Availability | None) -> None:
        if flight is not None:
            self._claims.seated(self._seated.pop(flight.flight, ()), flight.flight)
            self._names[name] = flight.flight
            self.network.put(flight)
        elif name in self._names:
            self.network.remove(self._names.pop(name))


@dataclass(frozen=True, slots=True)
class Airports:
    """Of every airport with an IATA code (PyPI airportsdata, MIT)."""

    countries: dict[Airport, str]
    """ISO code; the territories of the United States count as the United States."""
    zones: dict[Airport, ZoneInfo]


@cache
def load_airports() -> Airports:
    """The 20,000 airfields without an IATA code are left out as text: parsing them takes most of the time."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if line.split(",", 2)[1] != '""'))
    countries = {row["iata"]: "US" if row["country"] in _TERRITORIES else row["country"] for row in rows}
    return Airports(countries, {row["iata"]: _zone(row["tz"]) for row in rows if row["tz"]})


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
