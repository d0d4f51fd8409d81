"""Which accounts have to be looked at again, though no fact about their booking came: a flight has another state, or an hour
has come at which a party without a trip is taken to wait for the next day.

All of it follows from two views, so nothing is lost with the process: what is due is found again when they are filled.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from bus import Bus, Deadlines, View
from contracts.care import RIGHTS_ACCOUNT, RightsAccount
from contracts.flights import FLIGHT, Flight
from contracts.ledger import JourneyKey
from contracts.names import FlightKey

_FLIGHT = FLIGHT.pattern.partition("{")[0]
_LANDED = frozenset({"landed", "arrived"})


class _State(NamedTuple):
    """What is kept of a flight."""

    at: datetime
    """Event time at which it came to be so."""
    revision: int
    is_late: bool
    """It has landed, later than any law asks for at least."""
    course: int
    """A hash of what rights depend on. A state in which that is as before is the one before, and nothing is judged again."""


class _Account(NamedTuple):
    """What is kept of an account."""

    at: datetime
    pnr: str
    journey: int
    flights: tuple[FlightKey, ...]
    look_at: datetime | None


class Due(NamedTuple):
    """What is to be looked at now."""

    accounts: dict[JourneyKey, str]
    """Each with the identity of what has come due."""
    landed: dict[FlightKey, str]
    """Flights that have landed late, whose passengers may have no account; likewise."""


class Watching:
    def __init__(self, bus: Bus, *, least_delay: timedelta) -> None:
        """`least_delay`: no law gives anything for a delay that is shorter."""
        self._least = least_delay
        self._deadlines = Deadlines()
        self._due: dict[str, datetime] = {}
        """The instants of the deadlines, to see whether one has been set again."""
        self._watchers: defaultdict[FlightKey, set[str]] = defaultdict(set)
        """Names of the accounts that depend on a flight; some have gone since."""
        self._causes: dict[str, tuple[int, str]] = {}
        """Why a name is due: the revision and the identity of the flight's state."""
        self._landed: dict[str, int] = {}
        """The states with which flights have landed late, by revision: each is due once."""
        self._flights: View[Flight, _State] = bus.view(FLIGHT, self._keep_flight, changed=self._flight_changed)
        self._accounts: View[RightsAccount, _Account] = bus.view(
            RIGHTS_ACCOUNT, _keep_account, changed=self._account_changed
        )

    def earliest(self) -> datetime | None:
        """When something is due next."""
        return self._deadlines.earliest()

    def due(self, now: datetime) -> tuple[Due, dict[str, datetime]]:
        """What is to be looked at, and what `done` is to be called with once it has been."""
        names = dict(self._deadlines.due(now))
        accounts, landed = dict[JourneyKey, str](), dict[FlightKey, str]()
        for name, at in names.items():
            _, cause = self._causes.get(name, (0, f"{name}@{at.isoformat()}"))
            if name.startswith(_FLIGHT):
                landed[name.removeprefix(_FLIGHT)] = cause
            elif seen := self._accounts.get(name):
                accounts[seen.value.pnr, seen.value.journey] = cause
        return Due(accounts, landed), names

    def done(self, names: dict[str, datetime]) -> None:
        """Call when these have been looked at. What has come due again since stays due."""
        for name, at in names.items():
            if self._due.get(name) == at:
                self._causes.pop(name, None)
                seen = self._accounts.get(name)
                self._set(name, seen.value.look_at if seen else None)

    # Views.

    def _keep_flight(self, flight: Flight, revision: int, at: datetime) -> _State | None:
        if flight.operated_as:
            return None
        times = (flight.departs, flight.arrives, flight.scheduled_departure, flight.scheduled_arrival)
        course = hash((flight.phase, *times, flight.diverted_to, flight.cause and flight.cause.code, flight.operator))
        before = self._flights.get(_FLIGHT + flight.flight)
        if before and before.value.course == course:
            return before.value
        late = max(flight.arrives - flight.scheduled_arrival, flight.departs - flight.scheduled_departure)
        return _State(at, revision, flight.phase in _LANDED and late >= self._least, course)

    def _flight_changed(self, name: str, state: _State | None) -> None:
        if state is None:
            return
        for account in self._watching(name.removeprefix(_FLIGHT)):
            self._stir(account, state, name)
        if state.is_late and self._landed.get(name) != state.revision:
            self._landed[name] = state.revision
            self._causes[name] = (state.revision, f"{name}@{state.revision}")
            self._set(name, state.at)

    def _account_changed(self, name: str, account: _Account | None) -> None:
        if account is None:
            self._causes.pop(name, None)
            self._set(name, None)
            return
        for flight in account.flights:
            self._watchers[flight].add(name)
        if name not in self._causes:
            self._set(name, account.look_at)
        for flight in account.flights:
            if seen := self._flights.get(_FLIGHT + flight):
                self._stir(name, seen.value, _FLIGHT + flight)

    def _watching(self, flight: FlightKey) -> Iterator[str]:
        return iter(sorted(self._watchers.get(flight, ())))

    def _stir(self, account: str, state: _State, flight: str) -> None:
        """An account is due if the flight's state is not older than it: it may have been judged without it."""
        seen = self._accounts.get(account)
        if seen is None or state.at < seen.value.at:
            return
        if state.revision >= self._causes.get(account, (0, ""))[0]:
            self._causes[account] = (state.revision, f"{flight}@{state.revision}")
        self._set(account, state.at)

    def _set(self, name: str, at: datetime | None) -> None:
        self._deadlines.set(name, at)
        if at is None:
            self._due.pop(name, None)
        else:
            self._due[name] = at


def _keep_account(account: RightsAccount, _revision: int, at: datetime) -> _Account:
    return _Account(at, account.pnr, account.journey, account.flights, account.look_at)
