"""A party's trip as the ledger has it: what has been flown of it, and whether an option still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, TypeVar

from msgspec import structs

from agents.booker.domain.connections import is_lost
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.stays import SHORT, Stay, is_unreachable, overlaps
from agents.booker.domain.worksheet import Worksheet
from contracts.flights import LEFT
from contracts.identity import stays_aboard
from contracts.ledger import Booking, Journey, Leg, Party, SeatLedger, WaitlistEntry
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of
from contracts.plans import Option, PlannedLeg, Refusal
from contracts.rules import Limits, Rules

T = TypeVar("T")


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

    def limits(self, rules: Rules) -> Limits:
        """What it may be given."""
        journey = self.journey
        return rules.limits(journey.ticket.flights, journey.longest_stay, alone=self.is_alone)


class Fault(NamedTuple):
    """Why an option, or a plan, does not hold."""

    refusal: Refusal
    detail: str


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
        left = ledger.phase in LEFT
        if not left and presumed_at is not None and _is_presumed(leg, ledger, presumed_at, rules):
            left = arrives is None or not _is_missed(
                legs[count - 1], leg, flights=flights, place=place, arrives=arrives, rules=rules
            )
        if not left or traveller.pnr in ledger.offloaded or traveller.booking.no_show(leg.flight):
            break  # it has not left yet, or has left without the party, for lack of a seat or since it did not come
        if not _may_be_aboard(leg, ledger, traveller):
            break
        aboard = count > 0 and _stays_aboard(flights[legs[count - 1].flight], ledger, place=place, arrives=arrives)
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


def _stays_aboard(inbound: SeatLedger, onward: SeatLedger, *, place: Airport, arrives: datetime | None) -> bool:
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
    place, arrives, sellable_from = progress.place, progress.arrives, now + rules.minimum_lead
    inbound = sheet.flights[progress.flown[-1].flight] if progress.flown else None
    leaves_from = origin_of(ahead[0].flight) if ahead and not progress.flown else place
    first_from = now + rules.sold_lead(leaves_from, origin_of(legs[0].flight) if legs else place)
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
        from_then = first_from if i == 1 else sellable_from
        fault = _moved(leg, ledger, sellable_from=None if leg.flight in own else from_then, rules=rules)
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


def lost_ahead(
    traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> set[FlightKey]:
    """The flights ahead that the party may not be able to fly. One that was brought forward, or that leaves before the journey
    before may have ended, counts: the planner judges by the same ledger, and was first."""
    found: set[FlightKey] = set()
    place, inbound = progress.place, progress.flown[-1] if progress.flown else None
    for at, leg in enumerate(progress.ahead):
        ledger = sheet.flights[leg.flight]
        stays = is_open(ledger, rules) and sheet.has_seat(leg.flight, traveller.pnr, leg.cabin)
        if traveller.is_alone and lands(ledger) != ledger.destination:
            stays = False  # a minor is met at its own airport
        if stays and not at:
            early = ledger.expected_departure < leg.departs
            stays = not early and not _why_not_begun(traveller, progress, sheet=sheet, rules=rules, now=now)
        if stays and inbound is not None:
            before = sheet.flights[inbound.flight]
            if not at and progress.arrives is not None:
                before = structs.replace(before, known_arrival=progress.arrives)
            may_fly_on = before.phase == "diverted" and rules.same_city(before.destination, origin_of(leg.flight))
            leads_there = rules.same_city(place, origin_of(leg.flight)) or may_fly_on
            stays = leads_there and not is_lost(before, ledger, inbound, leg, rules=rules)
        if not stays:
            found.add(leg.flight)
        inbound, place = leg if stays else None, lands(ledger)
    return found


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


def legs_ahead(option: Option, progress: Progress) -> tuple[PlannedLeg, ...]:
    """The option's legs to come; it may repeat those already flown or leave them out."""
    if not progress.flown:
        return option.legs
    flown = {leg.flight for leg in progress.flown}
    return tuple(leg for leg in option.legs if leg.flight not in flown)


def disrupted_since(leg: PlannedLeg, ledger: SeatLedger) -> Fault | None:
    """A fault if the plan was made before the flight's last disruption."""
    if ledger.last_disruption == leg.last_disruption:
        return None
    return Fault("stale", f"{leg.flight} was planned at {leg.last_disruption} and is at {ledger.last_disruption}")


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


def not_begun(traveller: Traveller, sheet: Worksheet[T], rules: SaleRules) -> str | None:
    """Why the party is not there for the first flight that it has on this journey; None if it is. That may have become known
    since a plan was made, and no flight of the journey itself need have been disrupted."""
    journey = traveller.journey
    before, _ = traveller.booking.neighbours(journey.number)
    if before is None or not before.legs or not journey.legs:
        return None
    inbound, first = (sheet.flights[leg.flight] for leg in (before.legs[-1], journey.legs[0]))
    if not is_unreachable(Stay(before, journey), inbound, first, rules=rules):
        return None
    return f"{first.flight} leaves before the party is back from its journey {before.number}"


def why_impossible(
    traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> str | None:
    """Why the trip ahead cannot be flown as booked, or None if it can.

    Any connection below `Rules.longest_minimum` counts as possibly broken, and any flight that was brought forward as
    possibly too early: the planner decides which one is. So does a flight that leaves soon, and waits for a party that is
    stranded on the journey before.
    """
    place, arrives = progress.place, progress.arrives
    if any(sheet.flights[leg.flight].expected_departure < leg.departs for leg in progress.ahead[:1]):
        return f"{progress.ahead[0].flight} may leave before the party can be there"
    if why := _why_not_begun(traveller, progress, sheet=sheet, rules=rules, now=now):
        return why
    for leg in progress.ahead:
        ledger = sheet.flights[leg.flight]
        if why := _why_missed(ledger, place, arrives, rules):
            return why
        if not sheet.has_seat(leg.flight, traveller.pnr, leg.cabin):
            return f"{leg.flight} {leg.cabin} has too few seats"
        place, arrives = lands(ledger), ledger.expected_arrival
    if (progress.flown or progress.ahead) and not rules.same_city(place, traveller.journey.ticket.destination):
        return f"it ends in {place}"
    return None


def _why_not_begun(
    traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> str | None:
    """Why the journey before may keep the party from beginning this one; None if it can't. A planner gives it up behind a party
    that waits `Rules.given_up` before it leaves; until then there is nothing to plan."""
    journey = traveller.journey
    before, _ = traveller.booking.neighbours(journey.number)
    if before is None or progress.flown or not progress.ahead:
        return None
    first = progress.ahead[0]
    departs = sheet.flights[first.flight].expected_departure
    if before.state == "stranded" and departs - max(rules.longest_minimum, rules.given_up) <= now:
        return f"{first.flight} may leave while the party waits for its journey {before.number}"
    latest = departs - rules.longest_minimum
    if overlaps(before, journey, latest, origin_of(first.flight), flights=sheet.flights, rules=rules):
        return f"{first.flight} may leave before the party is back from its journey {before.number}"
    return None


def too_soon(progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime) -> str | None:
    """Why the party cannot be at the next flight that it holds, which was brought forward; None if it can.

    A flight that leaves about when the party knows, or later, is never too soon, unless the party was informed so late that it
    is still on its way.
    """
    for leg in progress.ahead[:1]:
        ledger = sheet.flights[leg.flight]
        departs = ledger.expected_departure
        inbound = sheet.flights[progress.flown[-1].flight] if progress.flown else None
        if inbound and _stays_aboard(inbound, ledger, place=progress.place, arrives=progress.arrives):
            return None
        if leg.there_from and now < leg.there_from and departs < leg.there_from + rules.at_the_gate:
            return f"{leg.flight} was brought forward, and the party cannot be at its gate"
        if departs <= leg.departs - rules.brought_forward and departs < now + rules.minimum_lead:
            return f"{leg.flight} was brought forward and leaves too soon"
    return None


def lands(ledger: SeatLedger) -> Airport:
    """Where a flight that has not left will land."""
    return (ledger.diverted_to if ledger.phase == "rerouted" else None) or ledger.destination


def _why_missed(ledger: SeatLedger, place: Airport, arrives: datetime | None, rules: SaleRules) -> str | None:
    """Why a party that is at `place` from `arrives` on cannot take this flight."""
    if ledger.phase == "cancelled":
        return f"{ledger.flight} is cancelled"
    if ledger.phase in LEFT:
        return f"{ledger.flight} has left without the party"
    if not rules.same_city(origin_of(ledger.flight), place):
        return f"{ledger.flight} does not leave from {place}"
    if arrives is not None and ledger.expected_departure < arrives + rules.longest_minimum:
        return f"the connection to {ledger.flight} may be missed"
    return None


def is_open(ledger: SeatLedger, rules: SaleRules) -> bool:
    """Whether a flight that has not left, or has come back, will take its holders to the city they want: they may keep it.
    Only a scheduled one is sold."""
    if ledger.phase == "rerouted":
        return rules.same_city(lands(ledger), ledger.destination)
    return ledger.phase in ("scheduled", "returned")


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
    if arrives is None or inbound is None or _stays_aboard(inbound, ledger, place=place, arrives=arrives):
        return None
    arriving, departing = (origin_of(inbound.flight), place), (origin, ledger.destination)
    if ledger.expected_departure < arrives + rules.sold_connection(arriving, departing, on=arrives.date()):
        return Fault("illegal", f"{leg.flight} leaves too soon after the flight before it")
    return None


def _full(leg: PlannedLeg, traveller: Traveller, own: Cabin | None, sheet: Worksheet[T]) -> Fault | None:
    """A fault if the party neither has nor can get a seat there; `own` is the cabin it holds."""
    if own == leg.cabin:
        stays = sheet.has_seat(leg.flight, traveller.pnr, leg.cabin)
        return None if stays else Fault("full", f"{leg.flight} {leg.cabin} has too few seats")
    free, seats = sheet.free(leg.flight, leg.cabin), traveller.party.seats
    return Fault("full", f"{leg.flight} {leg.cabin}: {seats} wanted, {max(free, 0)} free") if free < seats else None
