"""Whether an option of a plan still holds: its flights, their seats, and what the rules permit the party."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from agents.booker.domain.present_trip import lost_ahead, not_begun
from agents.booker.domain.progress import Progress, Traveller, is_open, keeps_its_seats, lands, legs_ahead
from agents.booker.domain.rules import SaleRules, terminals_between
from agents.booker.domain.stays import overlaps
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Leg, SeatLedger
from contracts.names import Airport, Cabin, FlightKey, carrier_of, origin_of
from contracts.plans import Option, PlannedLeg, Refusal

T = TypeVar("T")


class Fault(NamedTuple):
    """Why an option, or a plan, does not hold."""

    refusal: Refusal
    detail: str


def fault_of(
    option: Option, traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> Fault | None:
    """Why the party cannot have this option now, or None if it can.

    A flight that the party holds already needs neither lead nor free seats, and a connection sold before is not measured again.
    """
    legs = legs_ahead(option, progress)
    if not legs and not progress.flown:
        return Fault("illegal", f"option {option.id} has no flight to take")
    if traveller.is_alone and len(legs) > 1 + traveller.limits(rules).connections:
        return Fault("illegal", "an unaccompanied minor changes planes no more often than it was sold")
    own: dict[FlightKey, Cabin] = {leg.flight: leg.cabin for leg in progress.ahead}
    ahead = traveller.journey.legs and progress.ahead  # what a stranded party holds is no trip that it could go on with
    present, planned = [leg.flight for leg in ahead], [leg.flight for leg in legs]
    place, arrives = progress.place, progress.arrives
    inbound = sheet.flights[progress.flown[-1].flight] if progress.flown else None
    leaves_from = origin_of(ahead[0].flight) if ahead and not progress.flown else place
    fault = _parted(legs, traveller, progress, sheet=sheet, rules=rules, now=now) or _taken(legs, traveller)
    if fault is None and not progress.flown:
        is_new = present[:1] != planned[:1]
        why = None if is_new else not_begun(traveller, sheet, rules)
        fault = _overlap(legs[0], traveller, sheet, rules) if is_new else Fault("stale", why) if why else None
    if fault is not None:
        return fault
    for i, leg in enumerate(legs, start=1):
        ledger = sheet.flights.get(leg.flight)
        if ledger is None:
            return Fault("illegal", f"{leg.flight} is not in the ledger")
        sellable_from = None
        if leg.flight not in own:
            origin = origin_of(leg.flight)
            is_at, begins = (leaves_from, not progress.flown) if i == 1 else (origin, False)
            sellable_from = now + rules.sold_lead(is_at, origin, begins=begins)
        fault = _moved(leg, ledger, sellable_from=sellable_from, rules=rules)
        if fault is None and leg.cabin != own.get(leg.flight):
            fault = _not_permitted(leg, traveller, sheet, rules, is_new=leg.flight not in own)
        if fault is None and present[:i] != planned[:i]:
            fault = unreachable(leg, ledger, inbound=inbound, place=place, arrives=arrives, rules=rules)
        if fault is None:
            fault = _full(leg, traveller, own.get(leg.flight), sheet)
        if fault is not None:
            return fault
        inbound, place, arrives = ledger, lands(ledger), ledger.expected_arrival
    destination = traveller.journey.ticket.destination
    ends = rules.same_city(place, destination)
    return None if ends else Fault("illegal", f"it ends in {place}, not in {destination}")


def _not_permitted(
    leg: PlannedLeg, traveller: Traveller, sheet: Worksheet[T], rules: SaleRules, *, is_new: bool
) -> Fault | None:
    """A fault if the rules for the party do not allow seats that it does not hold: for their cabin; on a flight that is new to
    it also for the carrier, or for a special service of which the flight has enough."""
    party, carrier = traveller.party, carrier_of(leg.flight)
    if leg.cabin not in rules.cabins[party.cabin]:
        return Fault("illegal", f"who has paid for {party.cabin} is not given {leg.cabin}")
    if not is_new:
        return None
    if rules.permitted is not None and carrier not in rules.permitted:
        return Fault("illegal", f"the party may not be moved onto flights of {carrier}")
    for ssr, own in rules.capped(party, traveller.booking.passengers).items():
        most, on_board = rules.services[ssr].most, sheet.served(leg.flight, ssr)
        if most is not None and on_board + own > most:
            return Fault("full", f"{leg.flight} takes {most} {ssr} and has {on_board}: {own} wanted")
    return None


def _taken(legs: Sequence[PlannedLeg], traveller: Traveller) -> Fault | None:
    """A fault if the party has seats on one of the flights for another of its journeys: it holds seats on a flight once."""
    if len(traveller.booking.journeys) == 1:
        return None
    others = [journey for journey in traveller.booking.journeys if journey.number != traveller.journey.number]
    taken = {leg.flight: journey.number for journey in others for leg in journey.seated}
    for leg in legs:
        if leg.flight in taken:
            return Fault("stale", f"{leg.flight} is a flight of the party's journey {taken[leg.flight]}")
    return None


def _parted(
    legs: Sequence[PlannedLeg],
    traveller: Traveller,
    progress: Progress,
    *,
    sheet: Worksheet[T],
    rules: SaleRules,
    now: datetime,
) -> Fault | None:
    """A fault if of two legs that were sold as one, are both to come, and can both be flown, only one stays."""
    if len(progress.ahead) < 2:
        return None
    planned = {leg.flight for leg in legs}
    parted = [
        (first, second)
        for first, second in pairwise(progress.ahead)
        if second.married and (first.flight in planned) != (second.flight in planned)
    ]
    lost = lost_ahead(traveller, progress, sheet=sheet, rules=rules, now=now) if parted else set()
    for first, second in parted:
        if first.flight not in lost and second.flight not in lost:
            return Fault("illegal", f"{first.flight} and {second.flight} were sold as one")
    return None


def _overlap(leg: PlannedLeg, traveller: Traveller, sheet: Worksheet[T], rules: SaleRules) -> Fault | None:
    """A fault if this first flight of the journey leaves before the journey before it has ended."""
    journey, ledger = traveller.journey, sheet.flights.get(leg.flight)
    before, _ = traveller.booking.neighbours(journey.number)
    if before is None or ledger is None:
        return None
    if not overlaps(
        before, journey, ledger.expected_departure, origin_of(leg.flight), flights=sheet.flights, rules=rules
    ):
        return None
    return Fault("stale", f"{leg.flight} leaves before the party is back from its journey {before.number}")


def fault_in_moving_back(
    option: Option, traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> Fault | None:
    """Why the party cannot be moved back to seats that it had lost, although the option holds; None if it can.

    It has a trip that stands, so it is left on it where a move would come late, for it may be on its way to the gate, and once
    it is checked in, for its bags may be on board: no one has asked it.
    """
    journey = traveller.journey
    if journey.moved_back or not journey.legs or not progress.ahead:
        return Fault("stale", f"journey {journey.number} was moved back before, or holds no flight to leave")
    if checked_in := [leg.flight for leg in progress.ahead if traveller.booking.checked_in(leg.flight)]:
        return Fault("stale", f"the party is checked in on {checked_in[0]}")
    own = {(leg.flight, leg.cabin) for leg in progress.ahead}
    new_seats = [leg.flight for leg in legs_ahead(option, progress) if (leg.flight, leg.cabin) not in own]
    if not any(sheet.lost(flight, traveller.pnr) == journey.number for flight in new_seats):
        return Fault("illegal", f"option {option.id} has no flight on which the party lost seats")
    new = legs_ahead(option, progress)[0]
    is_home = bool(progress.flown) or origin_of(new.flight) == journey.ticket.origin
    elsewhere = rules.moved_back_lead if is_home else rules.sold_lead(journey.ticket.origin, origin_of(new.flight))
    for flight, lead in (
        (progress.ahead[0].flight, rules.moved_back_lead),
        (new.flight, max(rules.moved_back_lead, elsewhere)),
    ):
        if sheet.flights[flight].expected_departure < now + lead:
            return Fault("stale", f"{flight} leaves too soon for a party to be moved back")
    return None


def disrupted_since(leg: PlannedLeg, ledger: SeatLedger) -> Fault | None:
    """A fault if the plan was made before the flight's last disruption."""
    if ledger.last_disruption == leg.last_disruption:
        return None
    return Fault("stale", f"{leg.flight} was planned at {leg.last_disruption} and is at {ledger.last_disruption}")


def _moved(leg: PlannedLeg, ledger: SeatLedger, *, sellable_from: datetime | None, rules: SaleRules) -> Fault | None:
    """A fault if the flight is no longer as the plan saw it."""
    if fault := disrupted_since(leg, ledger):
        return fault
    if ledger.phase != "scheduled" and not (sellable_from is None and is_open(ledger, rules)):
        return Fault("stale", f"{leg.flight} is {ledger.phase}")
    if sellable_from is not None and ledger.expected_departure < sellable_from:
        return Fault("stale", f"{leg.flight} leaves too soon to be sold now")
    return None


def unreachable(
    leg: PlannedLeg | Leg,
    ledger: SeatLedger,
    *,
    inbound: SeatLedger | None,
    place: Airport,
    arrives: datetime | None,
    rules: SaleRules,
) -> Fault | None:
    """A fault if the party cannot be at the gate: it is elsewhere, or comes too late with the flight before."""
    origin = origin_of(leg.flight)
    if not rules.same_city(origin, place):
        return Fault("illegal", f"{leg.flight} does not leave from {place}")
    if arrives is None or inbound is None or keeps_its_seats(inbound, ledger, place=place, arrives=arrives):
        return None
    arriving, departing = (origin_of(inbound.flight), place), (origin, ledger.destination)
    terminals = terminals_between(inbound, ledger, lands=place)
    least = rules.sold_connection(arriving, departing, on=arrives.date(), terminals=terminals)
    if ledger.expected_departure < arrives + least:
        return Fault("illegal", f"{leg.flight} leaves too soon after the flight before it")
    return None


def _full(leg: PlannedLeg, traveller: Traveller, own: Cabin | None, sheet: Worksheet[T]) -> Fault | None:
    """A fault if the party neither has nor can get a seat there; `own` is the cabin it holds."""
    if own == leg.cabin:
        stays = sheet.has_seat(leg.flight, traveller.pnr, leg.cabin)
        return None if stays else Fault("full", f"{leg.flight} {leg.cabin} has too few seats")
    free, seats = sheet.free(leg.flight, leg.cabin), traveller.party.seats
    return Fault("full", f"{leg.flight} {leg.cabin}: {seats} wanted, {max(free, 0)} free") if free < seats else None
