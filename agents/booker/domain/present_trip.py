"""Whether the trip that a party has can be flown, as the ledger knows its flights."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from msgspec import structs

from agents.booker.domain.connections import is_lost
from agents.booker.domain.progress import Progress, Traveller, is_open, keeps_its_seats, lands
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.stays import Stay, is_unreachable, overlaps
from agents.booker.domain.worksheet import Worksheet
from contracts.flights import LEFT
from contracts.ledger import SeatLedger
from contracts.names import Airport, FlightKey, origin_of

T = TypeVar("T")


def why_impossible(
    traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> str | None:
    """Why the trip ahead cannot be flown as booked, or None if it can.

    Any connection below `Rules.longest_minimum` counts as possibly broken, and any flight that was brought forward as
    possibly too early: the planner decides which one is. So does a flight that leaves soon, and waits for a party whose
    journey before is undecided.
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


def can_be_flown(
    traveller: Traveller,
    progress: Progress,
    *,
    sheet: Worksheet[T],
    rules: SaleRules,
    now: datetime,
    informed_at: datetime,
) -> bool:
    """Whether the party can fly the trip that it has, as far as is known: what may be too short, or too early, is not enough to
    ask it to give the trip up. `why_impossible` is for a planner's word that it is. `informed_at`: when the party was, or is,
    informed of the times that the trip has."""
    if why_impossible(traveller, progress, sheet=sheet, rules=rules, now=now) is None:
        return True
    if not progress.ahead or too_soon(progress, sheet=sheet, rules=rules, informed_at=informed_at):
        return False
    first, *others = progress.ahead
    known = structs.replace(first, departs=min(first.departs, sheet.flights[first.flight].expected_departure))
    reached = lands(sheet.flights[progress.ahead[-1].flight])
    return rules.same_city(reached, traveller.journey.ticket.destination) and not lost_ahead(
        traveller, replace(progress, ahead=(known, *others)), sheet=sheet, rules=rules, now=now
    )


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
            may_fly_on = before.presumed_phase == "diverted" and rules.same_city(
                before.destination, origin_of(leg.flight)
            )
            leads_there = rules.same_city(place, origin_of(leg.flight)) or may_fly_on
            stays = leads_there and not is_lost(before, ledger, inbound, leg, rules=rules)
        if not stays:
            found.add(leg.flight)
        inbound, place = leg if stays else None, lands(ledger)
    return found


def not_begun(traveller: Traveller, sheet: Worksheet[T], rules: SaleRules) -> str | None:
    """Why the party is not there for the first flight that it has on this journey; None if it is, or may be, for the journey
    before is undecided. That may have become known since a plan was made, and no flight of the journey itself need have been
    disrupted."""
    journey = traveller.journey
    before, _ = traveller.booking.neighbours(journey.number)
    if before is None or before.is_undecided or not before.legs or not journey.legs:
        return None
    inbound, first = (sheet.flights[leg.flight] for leg in (before.legs[-1], journey.legs[0]))
    if not is_unreachable(Stay(before, journey), inbound, first, rules=rules):
        return None
    return f"{first.flight} leaves before the party is back from its journey {before.number}"


def _why_not_begun(
    traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, now: datetime
) -> str | None:
    """Why the journey before may keep the party from beginning this one; None if it can't. A planner gives it up behind an
    undecided one `Rules.given_up` before it leaves; until then there is nothing to plan."""
    journey = traveller.journey
    before, _ = traveller.booking.neighbours(journey.number)
    if before is None or progress.flown or not progress.ahead:
        return None
    first = progress.ahead[0]
    departs = sheet.flights[first.flight].expected_departure
    if before.is_undecided:
        if departs - max(rules.longest_minimum, rules.given_up) <= now:
            return f"{first.flight} may leave while the party waits for its journey {before.number}"
        return None
    latest = departs - rules.longest_minimum
    if overlaps(before, journey, latest, origin_of(first.flight), flights=sheet.flights, rules=rules):
        return f"{first.flight} may leave before the party is back from its journey {before.number}"
    return None


def too_soon(progress: Progress, *, sheet: Worksheet[T], rules: SaleRules, informed_at: datetime) -> str | None:
    """Why the party cannot be at the next flight that it holds, which was brought forward; None if it can.

    A flight that leaves about when the party knows, or later, is never too soon, unless the party was informed so late that it
    is still on its way.
    """
    for leg in progress.ahead[:1]:
        ledger = sheet.flights[leg.flight]
        departs = ledger.expected_departure
        inbound = sheet.flights[progress.flown[-1].flight] if progress.flown else None
        if inbound and keeps_its_seats(inbound, ledger, place=progress.place, arrives=progress.arrives):
            return None
        if leg.there_from and informed_at < leg.there_from and departs < leg.there_from + rules.at_the_gate:
            return f"{leg.flight} was brought forward, and the party cannot be at its gate"
        lead = rules.sold_lead(origin_of(leg.flight), origin_of(leg.flight), begins=not progress.flown)
        if departs <= leg.departs - rules.brought_forward and departs < informed_at + lead:
            return f"{leg.flight} was brought forward and leaves too soon"
    return None


def _why_missed(ledger: SeatLedger, place: Airport, arrives: datetime | None, rules: SaleRules) -> str | None:
    """Why a party that is at `place` from `arrives` on cannot take this flight."""
    if ledger.phase == "cancelled":
        return f"{ledger.flight} is cancelled"
    if ledger.presumed_phase in LEFT:
        return f"{ledger.flight} has left without the party"
    if ledger.silent:
        return f"{ledger.flight} came back, and no word of it has come since"
    if not rules.same_city(origin_of(ledger.flight), place):
        return f"{ledger.flight} does not leave from {place}"
    if arrives is not None and ledger.expected_departure < arrives + rules.longest_minimum:
        return f"the connection to {ledger.flight} may be missed"
    return None
