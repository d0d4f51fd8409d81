"""A party's trip as the ledger sees it: what has been flown of it, and whether an option still holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from agents.booker.domain.flights import LEFT
from agents.booker.domain.rules import Rules
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Booking, Leg, SeatLedger, WaitlistEntry
from contracts.names import Airport, Cabin, FlightKey, origin_of
from contracts.plans import Option, PlannedLeg, Refusal

T = TypeVar("T")


class Fault(NamedTuple):
    """Why an option, or a plan, does not hold."""

    refusal: Refusal
    detail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a party has got: legs flown (or being flown), legs to come, and where and when it is free to leave again."""

    flown: tuple[Leg, ...]
    ahead: tuple[Leg, ...]
    place: Airport
    arrives: datetime | None
    """At `place`; None before the first departure."""


def standing_of(
    booking: Booking, flights: Mapping[FlightKey, SeatLedger], *, rules: Rules, waits: WaitlistEntry | None = None
) -> Standing:
    """A leg counts as flown when its flight has left and the party could have been on it. `waits` is a stranded party's marker:
    it may wait, and its next legs may begin, where its ticket does not, and it has what it has flown.

    Raises `KeyError` for a leg's flight that `flights` lacks: the caller has not loaded what it must.
    """
    legs = waits.flown if waits and not booking.legs else booking.legs
    place, arrives, count = _start(booking, legs, waits, rules), None, 0
    for leg in legs:
        ledger = flights[leg.flight]
        if ledger.phase not in LEFT or booking.pnr in ledger.offloaded:
            break  # not left yet, or left without them for want of a seat
        if arrives is not None and ledger.departs < arrives:
            break  # left without them: their flight before it came in too late
        place, arrives = ledger.diverted_to or ledger.destination, ledger.arrives
        count += 1
    return Standing(legs[:count], booking.legs[count:], place, arrives)


def _start(booking: Booking, legs: tuple[Leg, ...], waits: WaitlistEntry | None, rules: Rules) -> Airport:
    """Of a trip that begins at another airport of the ticket's city, the ticket's own."""
    home = booking.ticket.origin
    start = origin_of(legs[0].flight) if legs else waits.origin if waits else home
    return home if rules.same_city(start, home) else start


def fault_of(
    option: Option, booking: Booking, standing: Standing, *, sheet: Worksheet[T], rules: Rules, now: datetime
) -> Fault | None:
    """Why the party can't have this option now, or None when it can.

    Of flights it may stay on it needs neither a lead nor free seats, and a connection once sold is not measured again.
    """
    legs = legs_ahead(option, standing)
    if not legs:
        return Fault("illegal", f"option {option.id} has no flight to take")
    if len(legs) > 1 and "UMNR" in booking.party.ssrs:
        return Fault("illegal", "an unaccompanied minor travels non-stop only")
    own: dict[FlightKey, Cabin] = {leg.flight: leg.cabin for leg in standing.ahead}
    present, planned = [leg.flight for leg in standing.ahead], [leg.flight for leg in legs]
    place, arrives, sellable_from = standing.place, standing.arrives, now + rules.minimum_lead
    for i, leg in enumerate(legs, start=1):
        ledger = sheet.flights.get(leg.flight)
        if ledger is None:
            return Fault("illegal", f"{leg.flight} is not in the ledger")
        fault = _moved(leg, ledger, sellable_from=None if leg.flight in own else sellable_from)
        if fault is None and present[:i] != planned[:i]:
            fault = _unreachable(leg, ledger, place=place, arrives=arrives, rules=rules)
        if fault is None:
            fault = _full(leg, booking, own.get(leg.flight), sheet)
        if fault is not None:
            return fault
        place, arrives = ledger.destination, ledger.arrives
    ends = rules.same_city(place, booking.ticket.destination)
    return None if ends else Fault("illegal", f"it ends in {place}, not in {booking.ticket.destination}")


def legs_ahead(option: Option, standing: Standing) -> tuple[PlannedLeg, ...]:
    """The option's legs to come: it may repeat those already flown, or leave them out."""
    if not standing.flown:
        return option.legs
    flown = {leg.flight for leg in standing.flown}
    return tuple(leg for leg in option.legs if leg.flight not in flown)


def disrupted_since(leg: PlannedLeg, ledger: SeatLedger) -> Fault | None:
    """Whether the plan was made before the flight's last disruption."""
    if ledger.last_disruption == leg.last_disruption:
        return None
    return Fault("stale", f"{leg.flight} was planned at {leg.last_disruption} and is at {ledger.last_disruption}")


def why_dead(booking: Booking, standing: Standing, *, sheet: Worksheet[T], rules: Rules) -> str | None:
    """What makes the trip ahead impossible, or None if it can still be flown as booked.

    A connection is called broken generously (`Rules.safe_connection`): which one is too short is the planner's to say.
    """
    place, arrives = standing.place, standing.arrives
    for leg in standing.ahead:
        ledger = sheet.flights[leg.flight]
        if why := _why_unflown(ledger, place, arrives, rules):
            return why
        if not sheet.has_seat(leg.flight, booking.pnr, leg.cabin):
            return f"{leg.flight} {leg.cabin} has too few seats"
        place, arrives = ledger.destination, ledger.arrives
    if standing.flown and not standing.ahead and not rules.same_city(place, booking.ticket.destination):
        return f"it ends in {place}"
    return None


def _why_unflown(ledger: SeatLedger, place: Airport, arrives: datetime | None, rules: Rules) -> str | None:
    """Why a party that comes to `place` at `arrives` can't go on with this flight."""
    if ledger.phase == "cancelled":
        return f"{ledger.flight} is cancelled"
    if ledger.phase in LEFT:
        return f"{ledger.flight} has left without them"
    if not rules.same_city(origin_of(ledger.flight), place):
        return f"{ledger.flight} does not leave from {place}"
    if arrives is not None and ledger.departs < arrives + rules.safe_connection:
        return f"the connection to {ledger.flight} may be missed"
    return None


def _moved(leg: PlannedLeg, ledger: SeatLedger, *, sellable_from: datetime | None) -> Fault | None:
    """Whether the flight is no longer what the plan was made on."""
    if fault := disrupted_since(leg, ledger):
        return fault
    if ledger.phase != "scheduled":
        return Fault("stale", f"{leg.flight} is {ledger.phase}")
    if sellable_from is not None and ledger.departs < sellable_from:
        return Fault("stale", f"{leg.flight} leaves too soon to be sold now")
    return None


def _unreachable(
    leg: PlannedLeg, ledger: SeatLedger, *, place: Airport, arrives: datetime | None, rules: Rules
) -> Fault | None:
    """Whether the party can't be at the gate: it is elsewhere, or not there in time."""
    origin = origin_of(leg.flight)
    if not rules.same_city(origin, place):
        return Fault("illegal", f"{leg.flight} does not leave from {place}")
    if arrives is not None and ledger.departs < arrives + rules.connection(place, origin):
        return Fault("illegal", f"{leg.flight} leaves too soon after the flight before it")
    return None


def _full(leg: PlannedLeg, booking: Booking, own: Cabin | None, sheet: Worksheet[T]) -> Fault | None:
    """Whether the party has no seat there, nor can get one; `own` is the cabin it sits in."""
    if own == leg.cabin:
        stays = sheet.has_seat(leg.flight, booking.pnr, leg.cabin)
        return None if stays else Fault("full", f"{leg.flight} {leg.cabin} has too few seats")
    free, seats = sheet.free(leg.flight, leg.cabin), booking.party.seats
    return Fault("full", f"{leg.flight} {leg.cabin}: {seats} wanted, {max(free, 0)} free") if free < seats else None
