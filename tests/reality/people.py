"""Where people are. They know what they were last informed of, go to the gate by that, and fly where planes take them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from contracts.names import Airport, FlightKey, Pnr
from tests.reality.planes import Minute

ALWAYS = -100_000
AT_THE_GATE = 29
"""People are at the gate this long before the departure that they know."""
TO_THE_GATE = 30
"""From home, or from anywhere in a city, to a gate of the airport that they were to leave from."""
BETWEEN_GATES = 15
"""From one gate to another of the airport at which they have landed."""
BETWEEN_AIRPORTS = 120
"""From one airport of a city, at which they have landed, to a gate of another."""
AT_THE_AIRPORT = 360
"""Who waits for longer than this after it has landed leaves the airport meanwhile."""
FROM_HOME_TO_ANOTHER = 165
"""From home to another airport than the one they were to leave from."""
CITIES = {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}


def city(airport: Airport) -> str:
    return CITIES.get(airport, airport)


class Next(NamedTuple):
    """A flight that a party knows it is on, and the departure that it knows."""

    flight: FlightKey
    origin: Airport
    departs: Minute


@dataclass
class Trip:
    """One of a party's journeys, as the party knows it and as it has flown it."""

    number: int
    destination: Airport
    ahead: list[Next]
    flown: list[FlightKey] = field(default_factory=list)
    waits: bool = False
    """It was informed that there are no seats for now."""


@dataclass
class Person:
    """A party: it stays together."""

    pnr: Pnr
    place: Airport
    trips: list[Trip]
    landed: Minute | None = None
    """When it came to this place; None: it lives there."""
    aboard: FlightKey | None = None
    heading: Airport | None = None
    """The airport that it is to leave from, or waits at."""
    heading_since: Minute = ALWAYS
    gate_from: dict[FlightKey, Minute] = field(default_factory=dict)
    """From when on it is at the gate of a flight, as far as it is free to go there."""

    def next(self) -> tuple[Trip, Next] | None:
        """The flight that it goes to now."""
        for trip in self.trips:
            if trip.ahead:
                return trip, trip.ahead[0]
            if trip.waits:
                return None
        return None

    def flying(self) -> Trip:
        """The trip of the plane that it is on, or came with."""
        return next(trip for trip in reversed(self.trips) if trip.flown)

    # What its letters say.

    def is_informed(self, trip: Trip, ahead: list[Next], minute: Minute, *, waits_in: Airport | None = None) -> None:
        """Of the flights ahead in one journey, at that minute."""
        trip.ahead = [each for each in ahead if each.flight not in trip.flown]
        trip.waits = waits_in is not None
        going = self.next()
        for each in trip.ahead:
            way = self._way_to(each.origin, minute) if going and going[1] == each else 0
            soonest = min(self.gate_from.get(each.flight, minute + 100_000), minute + way)
            arrived = self.gate_from.get(each.flight, minute + 1) <= minute and self.aboard is None
            self.gate_from[each.flight] = soonest if arrived else max(each.departs - AT_THE_GATE, soonest)
        is_now = trip is next((each for each in self.trips if each.ahead or each.waits), None)
        heading = going[1].origin if going else waits_in if waits_in and is_now else self.heading
        if heading != self.heading:
            self.heading, self.heading_since = heading, minute

    def _way_to(self, airport: Airport, minute: Minute) -> Minute:
        """How long from where it is now. People who land go on to the airport that they are to leave from at once."""
        if self.aboard is not None:
            return 0
        if self.landed is not None and minute < self.landed + AT_THE_AIRPORT:
            if self.place == airport:
                return BETWEEN_GATES
            since = max(self.landed, self.heading_since) if airport == self.heading else minute
            return max(BETWEEN_GATES, since + BETWEEN_AIRPORTS - minute)
        return TO_THE_GATE if airport == self.heading else FROM_HOME_TO_ANOTHER

    # Where it goes.

    def is_at_the_gate(self, flight: FlightKey, origin: Airport, minute: Minute) -> bool:
        if self.aboard is not None or city(self.place) != city(origin):
            return False
        way = ALWAYS if self.landed is None else self.landed + (0 if self.place == origin else BETWEEN_AIRPORTS)
        return max(self.gate_from[flight], way) <= minute

    def boards(self, trip: Trip, flight: FlightKey) -> None:
        at = [each.flight for each in trip.ahead].index(flight)
        trip.ahead = trip.ahead[at + 1 :]
        trip.flown.append(flight)
        self.aboard = flight

    def lands(self, airport: Airport, minute: Minute) -> None:
        self.place, self.landed, self.aboard = airport, minute, None
        trip = self.flying() if any(trip.flown for trip in self.trips) else self.trips[0]
        if city(airport) == city(trip.destination):
            trip.waits = False
        going = self.next()
        self.heading, self.heading_since = going[1].origin if going else airport, minute

    def came_with(self, flight: FlightKey) -> bool:
        """Whether this is the last flight that it has been on."""
        return any(trip.flown for trip in self.trips) and self.flying().flown[-1] == flight

    def waits_with(self, flight: FlightKey, airport: Airport, to: Airport, *, lets_off: bool = True) -> bool:
        """Whether it stands where this plane, which it came with and which goes on `to` another airport, has landed on its way,
        and is to take no other from there. Who wants to be where it has landed has got off, if anyone could."""
        came_with, going = self.came_with(flight), self.next()
        if lets_off and came_with and city(airport) == city(self.flying().destination) != city(to):
            return False
        elsewhere = going is not None and city(going[1].origin) == city(airport)
        return self.aboard is None and self.place == airport and came_with and not elsewhere

    def comes_back(self, origin: Airport, minute: Minute, known: Next) -> None:
        """Its flight has returned to where it started: it has not flown it, and waits for it again."""
        trip = self.flying()
        trip.flown.remove(known.flight)
        if known.flight not in {each.flight for each in trip.ahead}:
            trip.ahead.insert(0, known)
        self.lands(origin, minute)
