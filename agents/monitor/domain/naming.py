"""Which flight a status is about, where the flight is sold under several numbers or its number leaves several times.

The status of the airline that flies says under which other numbers the flight is sold. From then on each of these numbers has a
state that names the flight, and a status under such a number is one of the flight. A number that has become a flight of its own
stays one: two flights with seats and passengers cannot be made one.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from msgspec.structs import replace

from agents.monitor.domain.believing import NO_ZONES
from contracts.flights import Flight, FlightStatus
from contracts.identity import of_its_number
from contracts.names import Airport, FlightKey, origin_of


class Numbers:
    """What each number stands for, as a group of statuses is decided in order."""

    def __init__(self, states: Mapping[FlightKey, Flight]) -> None:
        sold = {number: flight for flight, state in states.items() for number in state.sold_as}
        self._flights = sold | {number: state.operated_as or number for number, state in states.items()}

    def meant(self, status: FlightStatus) -> tuple[FlightStatus, tuple[FlightKey, ...]]:
        """The status of the flight that flies, with those other numbers that can be its; and the numbers that can't.

        The seats in the status of another number may be those that its airline sells, and are left out.
        """
        flight = self._flights.get(status.flight, status.flight)
        if flight == status.flight and not status.sold_as:
            return status, ()
        sold_as = tuple(number for number in status.sold_as if self._may_be(number, flight))
        refused = tuple(number for number in status.sold_as if number not in sold_as and number != flight)
        if flight != status.flight:
            status = replace(status, flight=flight, seats=None, authorised=None)
        return replace(status, sold_as=sold_as), refused

    def add(self, flight: Flight) -> dict[FlightKey, Flight]:
        """Note the flight with its numbers. Returns a state for each number that is new: one that the flight had is not, though
        its state is none of those that `also_needed` names."""
        self._flights[flight.flight] = flight.flight
        if not flight.sold_as:
            return {}
        new = [number for number in flight.sold_as if number not in self._flights]
        self._flights |= dict.fromkeys(new, flight.flight)
        return {
            number: replace(flight, flight=number, operated_as=flight.flight, sold_as=(), last_change=0)
            for number in new
        }

    def _may_be(self, number: FlightKey, flight: FlightKey) -> bool:
        same_departure = (origin_of(number), number.rsplit(".", 1)[1]) == (origin_of(flight), flight.rsplit(".", 1)[1])
        return number != flight and same_departure and self._flights.get(number, flight) == flight


def other_departures(status: FlightStatus, known: Flight | None, *, zones: Mapping[Airport, tzinfo]) -> set[FlightKey]:
    """The keys of other departures of the flight's number that it may be about; none while its schedule is as it was."""
    if known is None or known.scheduled_departure == status.scheduled_departure:
        return set()
    return of_its_number(known.operated_as or known.flight, status.scheduled_departure, zones=zones)


def also_needed(
    statuses: Iterable[FlightStatus],
    states: Mapping[FlightKey, Flight],
    *,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
) -> set[FlightKey]:
    """The numbers whose states decide what the statuses are about, besides the numbers that they come under: the flights that
    those stand for, other numbers that are not known yet to be the flight's, and other departures of a number whose schedule is
    not as it was."""
    needed: set[FlightKey] = set()
    for status in statuses:
        state = states.get(status.flight)
        if state and state.operated_as:
            needed.add(state.operated_as)
        needed.update(other_departures(status, state, zones=zones))
        needed.update(status.sold_as if state is None else set(status.sold_as).difference(state.sold_as))
    return needed - states.keys()
