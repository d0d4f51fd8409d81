"""What is known when a letter is written: the time, the flights, and so where its reader is.

A flight is where its state says: one that should have left and has not been heard of is still on the ground. Where there is no
state, the times of the leg decide.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from msgspec import Struct, structs

from contracts.flights import Flight, Instant
from contracts.layouts import SeatNumber
from contracts.ledger import Leg
from contracts.names import Airport, FlightKey, Mode, origin_of

Whereabouts = Literal["away", "airport", "gate", "air", "arrived"]
"""Of a reader: `away` from the airport of its next flight, there, about to board, in the air, or at the end of its trip."""
_AT_THE_AIRPORT = timedelta(hours=2)
"""Before a departure most of its passengers are at the airport or on their way there: a default of ours."""
_BETWEEN_FLIGHTS = timedelta(hours=8)
"""Who changes planes stays at the airport for so long, and finds a bed for longer: a default of ours."""
_AT_THE_GATE = timedelta(minutes=30)
"""Before a departure boarding may have begun: a default of ours."""
_GATE_CLOSES = timedelta(hours=1)
"""A gate closes at most this long before the departure: a default of ours."""
_ON_BOARD = frozenset({"departed", "diverted"})
"""Phases in which a flight has its passengers on board."""
_OVER = frozenset({"landed", "arrived"})
"""Phases in which they have got off, also where the flight may go on without them."""


class Progress(Struct, frozen=True, kw_only=True):
    """A trip as far as it has come."""

    flown: tuple[Leg, ...]
    flying: Leg | None
    """The flight that the party is on."""
    ahead: tuple[Leg, ...]

    @property
    def begun(self) -> tuple[Leg, ...]:
        """The flights that have left with the party."""
        return (*self.flown, self.flying) if self.flying else self.flown


class Known(Struct, frozen=True, kw_only=True):
    now: Instant
    """Event time."""
    flights: Mapping[FlightKey, Flight] = {}
    seats: Mapping[FlightKey, tuple[SeatNumber, ...]] = {}
    """The reader's seats by number, where they are known to be others than those of the fact."""

    def progress(self, legs: Sequence[Leg]) -> Progress:
        """How far a party has come on these legs: up to the first that is not flown."""
        flown = 0
        while flown < len(legs) and (self._stage(legs[flown]) == "flown" or self.got_off(legs, flown)):
            flown += 1
        is_flying = flown < len(legs) and self._stage(legs[flown]) == "flying"
        return Progress(
            flown=tuple(legs[:flown]),
            flying=legs[flown] if is_flying else None,
            ahead=tuple(legs[flown + is_flying :]),
        )

    def where(self, progress: Progress) -> Whereabouts:
        if progress.flying:
            return "air"
        if not progress.ahead:
            return "arrived"
        wait = self._departs(progress.ahead[0]) - self.now
        if wait <= _AT_THE_GATE:
            return "gate"
        return "airport" if wait <= (_BETWEEN_FLIGHTS if progress.flown else _AT_THE_AIRPORT) else "away"

    def shown(self, leg: Leg) -> Leg:
        """The leg with the seats that its reader has now, at the times that a letter shows: the best known ones, but of two
        departures the earlier, since a party that is there in time for it misses neither. A cancelled flight, or one that lands
        elsewhere, keeps the times of the leg."""
        flight = self.flights.get(leg.flight)
        if leg.seats and leg.flight in self.seats:
            leg = structs.replace(leg, seats=self.seats[leg.flight])
        if flight is None or flight.phase == "cancelled" or flight.diverted_to is not None:
            return leg
        return structs.replace(leg, departs=min(leg.departs, flight.departs), arrives=flight.arrives)

    def gate_closes(self, leg: Leg) -> Instant | None:
        """When the gate of a flight closes, if it is known for the departure that the leg has. A time that was given for an
        earlier one, and not again, is not."""
        flight = self.flights.get(leg.flight)
        closes = flight.gate_closes if flight else None
        return closes if closes and timedelta(0) <= leg.departs - closes <= _GATE_CLOSES else None

    def mode(self, leg: Leg) -> Mode:
        """How it is travelled, as far as is known."""
        flight = self.flights.get(leg.flight)
        return (flight.mode if flight else None) or "air"

    def lands_in(self, leg: Leg) -> Airport:
        """Where the flight lands, or has landed."""
        flight = self.flights.get(leg.flight)
        return (flight.diverted_to if flight else None) or leg.destination

    def lands_at(self, leg: Leg) -> Instant:
        """When it lands there, or has landed, as far as is known."""
        flight = self.flights.get(leg.flight)
        return flight.arrives if flight and flight.phase != "cancelled" else leg.arrives

    def got_off(self, legs: Sequence[Leg], at: int) -> Airport | None:
        """The stop at which a party left the flight of this leg, which has gone on without it: where its next flight leaves,
        or where it waits for one. None if it has not."""
        leg = legs[at]
        flight = self.flights.get(leg.flight)
        place = origin_of(legs[at + 1].flight) if at + 1 < len(legs) else leg.destination
        stops = (stop.airport for stop in flight.stops if stop.left_at is not None) if flight else ()
        return place if place in stops else None

    def is_ahead(self, leg: Leg) -> bool:
        """Whether the flight is not known to have left."""
        return self._stage(leg) == "ahead"

    def has_reached(self, leg: Leg) -> bool:
        """Whether the flight is known to have arrived at its own destination."""
        flight = self.flights.get(leg.flight)
        return flight is not None and flight.phase == "arrived" and self.lands_in(leg) == leg.destination

    def _departs(self, leg: Leg) -> Instant:
        flight = self.flights.get(leg.flight)
        return flight.departs if flight else leg.departs

    def _stage(self, leg: Leg) -> Literal["ahead", "flying", "flown"]:
        flight = self.flights.get(leg.flight)
        if flight is None:
            return "ahead" if leg.departs > self.now else "flying" if leg.arrives > self.now else "flown"
        if flight.phase in _OVER:
            return "flown"
        return "flying" if flight.phase in _ON_BOARD and flight.departs <= self.now else "ahead"
