"""Where a party stands now: what it has flown, what it can still fly, and from where it would have to be moved."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from contracts.ledger import Booking, Disruption, Leg
from contracts.names import Airport, FlightKey

ABOARD = frozenset({"departed", "diverted", "arrived"})
"""Phases of a flight that has left with those who had a seat: they keep it, whatever else happens to it."""


class Case(Struct, frozen=True, kw_only=True):
    """A party to look at, as the view has it, and why it is looked at."""

    booking: Booking
    booking_revision: int
    booking_written_at: datetime
    cause_id: str
    """`ce-id` of the fact that asks for a plan."""
    cause_at: int = 0
    """Its LEDGER sequence."""
    kind: Disruption | None = None
    """What that fact says has happened; none where it only says that seats are free."""
    waits_at: Airport | None = None
    """Where a stranded party waits (`WaitlistEntry.origin`); none: where its ticket begins."""
    flown: tuple[Leg, ...] = ()
    """What a stranded party has flown, or is on (`WaitlistEntry.flown`): if anything, it waits where that brings it."""

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The party's trip, or what a stranded one has of it."""
        return self.booking.legs or self.flown


def needs_answer(booking: Booking, network: Network) -> bool:
    """Whether a flight of the party was disrupted since it was last answered for, or the party has none.

    Raises `UnknownFlight`.
    """
    return booking.state == "stranded" or any(
        leg.answered < network[leg.flight].last_disruption for leg in booking.legs
    )


class Standing(Struct, frozen=True, kw_only=True):
    """A party's present trip, flight by flight, against the flights as they are now."""

    flights: tuple[Availability, ...]
    flown: int
    """How many of the flights it is aboard of or has flown."""
    broken: int | None
    """The first flight it can't take: cancelled, gone without it, without a seat, or after a lost connection. Of who is
    stranded, the one that is not there."""
    reason: Disruption

    @property
    def keeps(self) -> bool:
        return bool(self.flights) and self.broken is None

    @property
    def aboard(self) -> bool:
        """No flight of the trip is still to be boarded."""
        return self.flown == len(self.flights)


def standing(case: Case, network: Network, *, rules: Rules, off: Collection[FlightKey] = ()) -> Standing:
    """Compares the party's trip with the flights as they are. `off` are flights it has to get off. Raises `UnknownFlight`."""
    booking = case.booking
    flights = tuple([network[leg.flight] for leg in case.legs])
    flown = 0
    while flown < len(flights) and flights[flown].phase in ABOARD and not _left_behind(flights, flown, off):
        flown += 1
    if booking.state == "stranded":
        return Standing(flights=flights[:flown], flown=flown, broken=flown, reason=case.kind or "cancelled")
    for i in range(flown, len(flights)):
        flight = flights[i]
        if flight.phase == "cancelled":
            return Standing(flights=flights, flown=flown, broken=i, reason="cancelled")
        if flight.flight in off:
            return Standing(flights=flights, flown=flown, broken=i, reason="downgauged")
        if flight.phase in ABOARD or (i and _missed(booking, flights, at=i, rules=rules)):
            reason: Disruption = "diverted" if i and flights[i - 1].diverted_to else "retimed"
            return Standing(flights=flights, flown=flown, broken=i, reason=reason)
    return Standing(flights=flights, flown=flown, broken=None, reason=_reason(case, flights))


def _left_behind(flights: tuple[Availability, ...], at: int, off: Collection[FlightKey]) -> bool:
    """Whether this flight has left without a seat for the party, or before it came in on the one before."""
    return flights[at].flight in off or (at > 0 and flights[at].departs < flights[at - 1].arrives)


def _missed(booking: Booking, flights: tuple[Availability, ...], *, at: int, rules: Rules) -> bool:
    """Whether this flight can't be reached any more: the one before lands elsewhere, or too late.

    A connection that was sold shorter than the table asks may stay as short as that.
    """
    came, goes = flights[at - 1], flights[at]
    if rules.city(came.lands) != rules.city(goes.origin):
        return True
    wait = goes.departs - came.arrives
    if wait >= booking.legs[at].departs - booking.legs[at - 1].arrives:
        return False
    return wait < rules.least_connection(
        (came.origin, came.lands), departing=(goes.origin, goes.destination), on=came.arrives.date()
    )


def _reason(case: Case, flights: tuple[Availability, ...]) -> Disruption:
    """What to tell a party whose trip stands; facts go before what the cause said of them."""
    if any(
        f.phase == "diverted" and leg.answered < f.last_disruption
        for f, leg in zip(flights, case.booking.legs, strict=True)
    ):
        return "diverted"
    # Closed and open again, or diverted in error: what is left of it is a flight whose times may have moved.
    return "downgauged" if case.kind == "downgauged" else "retimed"
