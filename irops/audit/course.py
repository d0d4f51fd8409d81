"""A flight as statuses leave it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.flights import Flight, FlightStatus, Phase, Stop
from contracts.layouts import LayoutName
from contracts.names import CABINS, Airport, Cabin, FlightKey

HOME: Set[Phase] = frozenset({"scheduled", "rerouted", "cancelled", "returned"})
"""Its passengers are at its origin."""
Times = tuple[datetime, datetime]
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A flight after some statuses."""

    flight: FlightKey
    destination: Airport
    phase: Phase
    scheduled: Times
    departs: datetime
    """From its origin."""
    arrives: datetime
    observed_at: datetime
    known_at: datetime
    """When the newest status can have been known: then, or when it came if its feed's clock was ahead."""
    given: Mapping[str, datetime] = field(default_factory=dict)
    """When each field of a status was last given; empty where no status is known."""
    diverted_to: Airport | None = None
    stops: tuple[Stop, ...] = ()
    returned_at: datetime | None = None
    unconfirmed: datetime | None = None
    seats: Mapping[Cabin, int] = field(default_factory=dict)
    authorised: Mapping[Cabin, int] = field(default_factory=dict)
    """As in `Flight`."""
    tail: str | None = None
    layout: LayoutName | None = None
    held: tuple[datetime, ...]
    """The departures that it has been scheduled for, of which one is that in `scheduled`; see `schedules`."""
    at_the_airport: Mapping[str, object] = field(default_factory=dict)
    """Terminals, gates and the like, by the names of the fields: only those that a status has given."""
    assumed: Set[str] = frozenset()
    """Fields that no status on record has given: they are as the schedule has them, and may be otherwise."""

    @property
    def on_the_way(self) -> bool:
        return self.phase not in HOME

    @property
    def took_off(self) -> datetime:
        """The last take-off; of a flight at its origin, the next one."""
        return max([self.departs, *(stop.left_at for stop in self.stops if stop.left_at)])

    @property
    def touched_down(self) -> datetime | None:
        """The last landing."""
        landings = [stop.arrived_at for stop in self.stops]
        return max([*landings, *([self.returned_at] if self.returned_at else [])], default=None)

    @property
    def was_at(self) -> Airport | None:
        """The airport that it has last left on its way, which a feed may go on to repeat."""
        return self.stops[-1].airport if self.stops and self.stops[-1].left_at and self.on_the_way else None


def of_state(state: Flight) -> Course:
    """A flight as the monitor has it: what is known from before the first status."""
    return Course(
        flight=state.flight,
        destination=state.destination,
        phase=state.phase,
        scheduled=(state.scheduled_departure, state.scheduled_arrival),
        held=state.schedules or (state.scheduled_departure,),
        departs=state.departs,
        arrives=state.arrives,
        observed_at=state.observed_at,
        known_at=state.known_at or state.observed_at,
        given=state.given_at,
        diverted_to=state.diverted_to,
        stops=state.stops,
        returned_at=state.returned_at,
        unconfirmed=state.unconfirmed,
        seats=state.seats,
        authorised=state.authorised,
        tail=state.tail,
        layout=state.layout,
    )


def as_scheduled(flight: Flight | FlightStatus, *, assumed: Set[str] = frozenset()) -> Course:
    """A flight before its first status, and so by its first schedule."""
    departs, arrives = flight.scheduled_departure, flight.scheduled_arrival
    if isinstance(flight, Flight) and flight.schedules:
        arrives -= departs - flight.schedules[0]
        departs = flight.schedules[0]
    return Course(
        flight=flight.flight,
        destination=flight.destination,
        phase="scheduled",
        scheduled=(departs, arrives),
        held=(departs,),
        departs=departs,
        arrives=arrives,
        observed_at=_NEVER,
        known_at=_NEVER,
        assumed=assumed,
    )


def cabins(seats: Mapping[Cabin, int]) -> Mapping[Cabin, int]:
    """The number of seats in each cabin that has some: a cabin without seats is the same as no cabin."""
    return {cabin: number for cabin in CABINS if (number := seats.get(cabin, 0))}
