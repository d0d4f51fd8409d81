"""The seats of a group's flights while it is being decided: one working copy, so each plan sees what those before it took.

A flight's holders are copied once per group, and its free seats counted once, however many parties come and go.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import structs

from contracts.ledger import Holding, SeatLedger
from contracts.names import CABINS, Cabin, FlightKey, Pnr

T = TypeVar("T")


class _Seats:
    """One flight's free seats, and its holders once they differ from the ledger's."""

    __slots__ = ("before", "free", "holders")

    def __init__(self, ledger: SeatLedger) -> None:
        free: dict[Cabin, int] = dict.fromkeys(CABINS, 0) | ledger.capacity
        for held in ledger.holders.values():
            free[held.cabin] -= held.seats
        self.free = free
        self.before: dict[Cabin, int] = {}
        self.holders: dict[Pnr, Holding] | None = None

    def writable(self, ledger: SeatLedger) -> dict[Pnr, Holding]:
        if self.holders is None:
            self.holders = dict(ledger.holders)
            self.before = dict(self.free)
        return self.holders


class Worksheet(Generic[T]):
    """`T` is whatever the caller knows a cause by."""

    def __init__(self, flights: Mapping[FlightKey, SeatLedger]) -> None:
        self.flights = flights
        self._seats: dict[FlightKey, _Seats] = {}
        self._released_by: dict[FlightKey, T] = {}
        self._disclaimed_by: dict[FlightKey, T] = {}

    def free(self, flight: FlightKey, cabin: Cabin) -> int:
        """Seats nobody holds now; negative on a flight whose aircraft has become too small."""
        return self._at(flight).free[cabin]

    def has_seat(self, flight: FlightKey, pnr: Pnr, cabin: Cabin) -> bool:
        """Whether a holder may stay: not who must leave while the cabin lacks seats, nor who was left behind."""
        ledger = self.flights[flight]
        return pnr not in ledger.offloaded or (ledger.phase == "scheduled" and self.free(flight, cabin) >= 0)

    def take(self, flight: FlightKey, pnr: Pnr, held: Holding) -> None:
        seats = self._at(flight)
        seats.writable(self.flights[flight])[pnr] = held
        seats.free[held.cabin] -= held.seats

    def release(self, flight: FlightKey, pnr: Pnr, cause: T) -> None:
        """Raises `KeyError` if the party holds nothing there: then ledger and booking disagree, which must not be built on."""
        seats = self._at(flight)
        held = seats.writable(self.flights[flight]).pop(pnr)
        seats.free[held.cabin] += held.seats
        self._released_by[flight] = cause

    def disclaim(self, flight: FlightKey, cause: T) -> None:
        """Seats that were free, and kept from others for a party that did not take them."""
        self._disclaimed_by[flight] = cause

    def ledgers(self) -> dict[FlightKey, SeatLedger]:
        """The flights whose seats have changed hands, to be written."""
        return {
            flight: structs.replace(self.flights[flight], holders=seats.holders)
            for flight, seats in self._seats.items()
            if seats.holders is not None
        }

    def freed(self, *, sellable_from: datetime) -> dict[FlightKey, T]:
        """The open flights that end with more seats for sale than they began with, or with seats that were disclaimed, each
        with the last cause.

        A flight that leaves before `sellable_from` is of use to nobody; if it is retimed later, that says its seats are free.
        """
        disclaimed = {f: c for f, c in self._disclaimed_by.items() if self._sold(f, sellable_from) and self._any(f)}
        released = {f: c for f, c in self._released_by.items() if self._sold(f, sellable_from) and self._more(f)}
        return disclaimed | released

    def _sold(self, flight: FlightKey, sellable_from: datetime) -> bool:
        ledger = self.flights[flight]
        return ledger.phase == "scheduled" and ledger.departs >= sellable_from

    def _any(self, flight: FlightKey) -> bool:
        return any(free > 0 for free in self._at(flight).free.values())

    def _more(self, flight: FlightKey) -> bool:
        seats = self._at(flight)
        return any(free > max(seats.before[cabin], 0) for cabin, free in seats.free.items())

    def _at(self, flight: FlightKey) -> _Seats:
        seats = self._seats.get(flight)
        if seats is None:
            seats = self._seats[flight] = _Seats(self.flights[flight])
        return seats
