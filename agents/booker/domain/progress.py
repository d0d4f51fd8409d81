"""A party on one of its journeys: what it has flown of its trip, what is ahead, and where it is then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from agents.booker.domain.connections import is_lost
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.stays import SHORT
from contracts.flights import LEFT
from contracts.identity import stays_aboard
from contracts.ledger import Booking, Journey, Leg, Party, SeatLedger, WaitlistEntry
from contracts.names import Airport, FlightKey, Pnr, origin_of
from contracts.plans import Option, PlannedLeg
from contracts.rules import Limits, Rules


class Traveller(NamedTuple):
    """A party on one of its journeys."""

    booking: Booking
    journey: Journey

    @property
    def pnr(self) -> Pnr:
        return self.booking.pnr

    @property
    def party(self) -> Party:
        return self.booking.party

    @property
    def is_alone(self) -> bool:
        """Whether it is an unaccompanied minor."""
        return "UMNR" in self.party.ssrs

    def by(self, rules: SaleRules) -> SaleRules:
        """The rules for it."""
        return rules.of(self.journey.ticket, self.party)

    def limits(self, rules: Rules) -> Limits:
        """What it may be given."""
        journey = self.journey
        return rules.limits(journey.ticket.flights, journey.longest_stay, alone=self.is_alone)


@dataclass(frozen=True, slots=True)
class Progress:
    """Legs flown or being flown, legs ahead on which it has seats, and where and from when a party can take its next flight."""

    flown: tuple[Leg, ...]
    ahead: tuple[Leg, ...]
    place: Airport
    arrives: datetime | None
    """When it arrives at `place`; None before the first departure."""


def progress_of(
    traveller: Traveller,
    flights: Mapping[FlightKey, SeatLedger],
    *,
    rules: SaleRules,
    entry: WaitlistEntry | None = None,
    presumed_at: datetime | None = None,
) -> Progress:
    """A leg counts as flown when its flight has left and the party could have been on it; with `presumed_at` also while it is
    presumed to have left by then, for no word of it has come since its best known departure, and its connection was long enough
    to be kept.

    `entry` is a stranded party's waitlist entry: it has the legs flown, and the party may wait, and leave again, elsewhere than
    where its ticket begins. Raises `KeyError` for a leg whose flight is not in `flights`.
    """
    journey = traveller.journey
    legs = entry.flown if entry and not journey.legs else journey.legs
    place, arrives, count = _start(journey, legs, entry), None, 0
    for leg in legs:
        ledger = flights[leg.flight]
        left = ledger.presumed_phase in LEFT
        if not left and presumed_at is not None and _is_presumed(leg, ledger, presumed_at, rules):
            left = arrives is None or not _is_missed(
                legs[count - 1], leg, flights=flights, place=place, arrives=arrives, rules=rules
            )
        if not left or traveller.pnr in ledger.offloaded or traveller.booking.no_show(leg.flight):
            break  # it has not left yet, or has left without the party, for lack of a seat or since it did not come
        if not _may_be_aboard(leg, ledger, traveller):
            break
        aboard = count > 0 and keeps_its_seats(flights[legs[count - 1].flight], ledger, place=place, arrives=arrives)
        is_there = rules.same_city(origin_of(leg.flight), place)
        if arrives is not None and not aboard and (ledger.expected_departure < arrives or not is_there):
            break  # it has left without the party, whose earlier flight came in too late, or elsewhere
        if (
            arrives is not None
            and place != origin_of(leg.flight)
            and _is_missed(legs[count - 1], leg, flights=flights, place=place, arrives=arrives, rules=rules)
        ):
            break  # it has left while the party was on its way from another airport of the city
        if not aboard and leg.leaves_without(ledger.expected_departure, brought_forward=rules.brought_forward):
            break  # it has left before the party was at its gate
        if not count and _was_not_back(traveller, ledger, flights, rules):
            break  # it has left before the party could begin the journey
        count += 1
        onward = legs[count].flight if count < len(legs) else None
        place, arrives = _got_off(leg, ledger, onward, journey.ticket.destination, rules)
    return Progress(legs[:count], journey.legs[count:] if journey.legs else journey.held, place, arrives)


def keeps_its_seats(inbound: SeatLedger, onward: SeatLedger, *, place: Airport, arrives: datetime | None) -> bool:
    """Whether a party that is at this place from `arrives` on, with its flight before, goes on without changing planes."""
    if arrives is None or place != origin_of(onward.flight):
        return False
    return stays_aboard(inbound, onward, arrives=arrives, departs=onward.expected_departure)


def _may_be_aboard(leg: Leg, ledger: SeatLedger, traveller: Traveller) -> bool:
    """A stranded party holds no seat there, and is on board only if its seat is still free: it may have been sold on a flight
    that was presumed to have left, or came back."""
    return traveller.pnr in ledger.holders or ledger.free(leg.cabin) >= traveller.party.seats


def _is_presumed(leg: Leg, ledger: SeatLedger, now: datetime, rules: SaleRules) -> bool:
    departs = ledger.expected_departure
    if ledger.phase != "scheduled" or not departs <= now < departs + rules.presumed:
        return False
    return not leg.leaves_without(departs, brought_forward=rules.brought_forward)


def _is_missed(
    before: Leg,
    leg: Leg,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    place: Airport,
    arrives: datetime,
    rules: SaleRules,
) -> bool:
    """Whether this flight would leave before the party's flight is in, at this place and time, or too soon for it to change
    planes, as far as is known. An aircraft that goes on under one number does not: it has not come yet, and is late."""
    if flights[leg.flight].expected_departure < arrives:
        return True
    left = structs.replace(flights[before.flight], diverted_to=place, known_arrival=arrives)
    return is_lost(left, flights[leg.flight], before, leg, rules=rules)


def _was_not_back(
    traveller: Traveller, first: SeatLedger, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules
) -> bool:
    """Whether the first flight of a journey leaves while the party is on the journey before it, or waits for seats on that. A
    party whose flight stops in the city from which the next journey leaves has got off there."""
    before, _ = traveller.booking.neighbours(traveller.journey.number)
    if before is None:
        return False
    if not before.legs:
        return True
    last = before.legs[-1]
    inbound = flights[last.flight]
    _, arrives = _got_off(last, inbound, first.flight, before.ticket.destination, rules)
    return inbound.phase == "cancelled" or first.expected_departure < arrives


def _got_off(
    leg: Leg, ledger: SeatLedger, onward: FlightKey | None, wanted: Airport, rules: SaleRules
) -> tuple[Airport, datetime]:
    """Where and when a party leaves a flight: at a stop if its next flight leaves from there, or did before the party lost it
    (`WaitlistEntry.flown`), or if it wants to be there; else where it lands."""
    for stop in ledger.stops:
        if onward is not None and rules.same_city(stop.airport, origin_of(onward)):
            return stop.airport, stop.arrived_at
        if onward is None and stop.left_at is not None and stop.airport == leg.destination != ledger.destination:
            return stop.airport, stop.arrived_at
        if rules.same_city(stop.airport, wanted) and not rules.same_city(ledger.destination, wanted):
            return stop.airport, stop.arrived_at
    return ledger.diverted_to or ledger.destination, ledger.expected_arrival


def _start(journey: Journey, legs: tuple[Leg, ...], entry: WaitlistEntry | None) -> Airport:
    """Where the trip begins: the airport that the party was to leave from."""
    return origin_of(legs[0].flight) if legs else entry.origin if entry else journey.ticket.origin


def legs_ahead(option: Option, progress: Progress) -> tuple[PlannedLeg, ...]:
    """The option's legs to come; it may repeat those already flown or leave them out."""
    if not progress.flown:
        return option.legs
    flown = {leg.flight for leg in progress.flown}
    return tuple(leg for leg in option.legs if leg.flight not in flown)


def inbound_of(leg: Leg, traveller: Traveller, progress: Progress) -> FlightKey | None:
    """The flight that was to bring the party to this one of its legs ahead: of its journey, or the last one of the journey
    before, after a short stay."""
    way = (*progress.flown, *progress.ahead)
    at = [each.flight for each in way].index(leg.flight)
    if at:
        return way[at - 1].flight
    before, _ = traveller.booking.neighbours(traveller.journey.number)
    if before is None or not before.legs or leg.departs - before.legs[-1].arrives >= SHORT:
        return None
    return before.legs[-1].flight


def lands(ledger: SeatLedger) -> Airport:
    """Where a flight that has not left will land."""
    return (ledger.diverted_to if ledger.phase == "rerouted" else None) or ledger.destination


def is_open(ledger: SeatLedger, rules: SaleRules) -> bool:
    """Whether a flight that has not left, or has come back, will take its holders to the city they want: they may keep it,
    unless it came back and is silent. Only a scheduled one is sold."""
    if ledger.phase == "rerouted":
        return rules.same_city(lands(ledger), ledger.destination)
    return ledger.phase == "scheduled" or (ledger.phase == "returned" and not ledger.silent)
