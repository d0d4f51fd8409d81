"""A party's present trip compared with the flights as they are: what is flown, what can still be flown, what is lost."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from contracts.ledger import Booking, Disruption, Leg
from contracts.names import Airport, FlightKey

ABOARD = frozenset({"departed", "diverted", "arrived"})
"""Phases of a flight that has left. Parties that had a seat are on board, whatever happens to the flight later."""


class Case(Struct, frozen=True, kw_only=True):
    """A party to plan: its booking as it was read, and one cause to plan it."""

    booking: Booking
    booking_revision: int
    booking_written_at: datetime
    cause_id: str
    """`ce-id` of the cause."""
    cause_sequence: int = 0
    """The cause's LEDGER sequence."""
    kind: Disruption | None = None
    """What the cause says has happened to the party; None where it only says that seats are free."""
    waits_at: Airport | None = None
    """Where a stranded party waits (`WaitlistEntry.origin`); None: at the ticket's origin."""
    flown: tuple[Leg, ...] = ()
    """What a stranded party has flown, or is on (`WaitlistEntry.flown`). It waits where the last of these lands."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The party's trip; of a stranded party, what it has flown of it."""
        return self.booking.legs or self.flown


def needs_answer(booking: Booking, network: Network) -> bool:
    """Whether a flight of the party was disrupted since the party was last answered, or the party is stranded.

    Raises `UnknownFlight`.
    """
    return booking.state == "stranded" or any(
        leg.answered < network[leg.flight].last_disruption for leg in booking.legs
    )


class TripStatus(Struct, frozen=True, kw_only=True):
    """A party's present trip, flight by flight."""

    flights: tuple[Availability, ...]
    flown: int
    """How many of the flights the party has flown or is on board of."""
    broken: int | None
    """Index of the first flight that the party can't take: it is cancelled, has left without the party, has no seat for it, or
    its connection is lost. For a stranded party, the index after its last flown flight."""
    reason: Disruption

    @property
    def stands(self) -> bool:
        """Whether the party can fly its trip to the end."""
        return bool(self.flights) and self.broken is None

    @property
    def all_boarded(self) -> bool:
        """Whether no flight of the trip is still to be boarded."""
        return self.flown == len(self.flights)


def trip_status(
    case: Case, network: Network, *, rules: Rules, offloaded_from: Collection[FlightKey] = ()
) -> TripStatus:
    """Compare the party's trip with the flights as they are.

    `offloaded_from` are the flights on which the party loses its seat. Raises `UnknownFlight`.
    """
    booking = case.booking
    flights = tuple([network[leg.flight] for leg in case.legs])
    flown = 0
    while flown < len(flights) and flights[flown].phase in ABOARD and not _left_behind(flights, flown, offloaded_from):
        flown += 1
    if booking.state == "stranded":
        return TripStatus(flights=flights[:flown], flown=flown, broken=flown, reason=case.kind or "cancelled")
    for i in range(flown, len(flights)):
        flight = flights[i]
        if flight.phase == "cancelled":
            return TripStatus(flights=flights, flown=flown, broken=i, reason="cancelled")
        if flight.flight in offloaded_from:
            return TripStatus(flights=flights, flown=flown, broken=i, reason="downgauged")
        if flight.phase in ABOARD or (i and _is_missed(booking, flights, at=i, rules=rules)):
            reason: Disruption = "diverted" if i and flights[i - 1].diverted_to else "retimed"
            return TripStatus(flights=flights, flown=flown, broken=i, reason=reason)
    return TripStatus(flights=flights, flown=flown, broken=None, reason=_reason(case, flights))


def _left_behind(flights: tuple[Availability, ...], at: int, offloaded_from: Collection[FlightKey]) -> bool:
    """Whether this flight has left without a seat for the party, or before the party's previous flight came in."""
    return flights[at].flight in offloaded_from or (at > 0 and flights[at].departs < flights[at - 1].arrives)


def _is_missed(booking: Booking, flights: tuple[Availability, ...], *, at: int, rules: Rules) -> bool:
    """Whether this flight can't be reached from the one before, which lands in another city or too late.

    A connection sold shorter than the table's minimum may stay as short as it was sold.
    """
    inbound, onward = flights[at - 1], flights[at]
    if rules.city(inbound.lands) != rules.city(onward.origin):
        return True
    wait = onward.departs - inbound.arrives
    if wait >= booking.legs[at].departs - booking.legs[at - 1].arrives:
        return False
    return wait < rules.least_connection(
        (inbound.origin, inbound.lands), departing=(onward.origin, onward.destination), on=inbound.arrives.date()
    )


def _reason(case: Case, flights: tuple[Availability, ...]) -> Disruption:
    """The disruption that a party whose trip stands is informed of: what the flights show, before what the cause says."""
    if any(
        f.phase == "diverted" and leg.answered < f.last_disruption
        for f, leg in zip(flights, case.booking.legs, strict=True)
    ):
        return "diverted"
    # A flight cancelled and restored, or diverted in error, is in the end one whose times may have moved.
    return "downgauged" if case.kind == "downgauged" else "retimed"
