"""Other flights for a journey, or another cabin, by the party's own wish: the journey is sold again.

What is sold now meets the rules in force, as what a plan gives does: flights as planned, not too soon, with the shortest
connections, and with seats. Nothing is sold above the capacity. The new ticket is what delay is measured by from then on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from msgspec import structs

from agents.booker.domain.imports import as_sold, in_journey, journey_fault, last_reserved, order_fault, ticketed
from agents.booker.domain.offering import unoffered
from agents.booker.domain.options import unreachable
from agents.booker.domain.people import without_confirmations
from agents.booker.domain.requests.facts import About, facts_of_change, offered
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.paying import paid_for_change
from agents.booker.domain.requests.wish import Becomes, Wish, check_to_come
from contracts.ledger import Booking, Journey, Leg, SeatLedger, Ticket
from contracts.money import Money
from contracts.names import FlightKey, day_of, origin_of
from contracts.passengers import with_coupons_of
from contracts.requests import Act, Quote, TripWanted, Wanted
from policy.fares import Answer, Value


class FlyOtherwise(Wish):
    """`Wanted.change`."""

    name = "other flights"

    def is_asked(self, wanted: Wanted) -> bool:
        return bool(wanted.change)

    def about(self, wanted: Wanted, booking: Booking) -> About:
        return About(frozenset(_numbers(wanted)), paid_for=About.all_of(booking).journeys)

    def flights(self, wanted: Wanted) -> Collection[FlightKey]:
        return {each.flight for trip in wanted.change for each in trip.flights}

    def acts(self, wanted: Wanted, known: Known) -> tuple[Act, ...]:
        found: dict[Act, None] = {}
        for trip in wanted.change:
            journey = known.booking.journey(trip.journey)
            if journey is not None and trip.flights:
                found |= dict.fromkeys(_acts_of_change(trip, journey, known))
        return tuple(found)

    def facts(self, wanted: Wanted, known: Known) -> Mapping[str, Value]:
        return dict(facts_of_change(known.booking, wanted.change, known.open))

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        check_to_come(_numbers(wanted), known)
        changed, journeys = sold_again(wanted.change, replace(known, booking=unoffered(known.booking)))
        offer = offered([each for trip in wanted.change for each in trip.flights], known.booking, known.open)
        return Becomes(changed, changed=journeys, new_family=offer.family if offer else None)

    def unaccounted(self, answer: Answer, facts: Mapping[str, Value], _booking: Booking) -> str:
        up = answer.gives_up.amount if answer.gives_up else Decimal(0)
        paid = facts.get("old_price")
        if up and not (isinstance(paid, Money) and up <= paid.amount):
            return "more would be given up than was paid for the flights"
        return ""

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_for_change(merged, agreed, set(_numbers(agreed.asked.wanted)))


def _numbers(wanted: Wanted) -> list[int]:
    return [trip.journey for trip in wanted.change]


def _acts_of_change(trip: TripWanted, journey: Journey, known: Known) -> list[Act]:
    found: list[Act] = []
    rules, flights = known.rules, [each.flight for each in trip.flights]
    first, last = flights[0], known.flights.get(flights[-1])
    if flights != [leg.flight for leg in journey.legs]:
        day = day_of(journey.legs[0].flight if journey.legs else journey.ticket.flights[0])
        found.append(
            "change_dates"
            if day_of(first) != day
            else "same_day_change"
            if _today(known, first) == day
            else "change_flights"
        )
    if any(each.cabin != known.booking.party.cabin for each in trip.flights):
        found.append("change_cabin")
    if not rules.same_city(origin_of(first), journey.ticket.origin):
        found.append("change_origin")
    if last is not None and not rules.same_city(last.destination, journey.ticket.destination):
        found.append("change_destination")
    return found


def _today(known: Known, flight: str) -> date:
    """The day at the flight's origin."""
    return known.now.astimezone(known.rules.zones.get(origin_of(flight))).date()


def sold_again(wanted: Sequence[TripWanted], known: Known) -> tuple[Booking, tuple[Journey, ...]]:
    """The booking with these journeys changed, and these journeys. Raises `Impossible`."""
    booking = known.booking
    trips = {trip.journey: trip for trip in wanted}
    changed = {number: _sold(trip, known) for number, trip in trips.items()}
    cabins = {leg.cabin for journey in changed.values() for leg in journey.legs}
    if len(cabins) > 1:
        raise Impossible(f"one cabin is asked for at a time, not {' and '.join(sorted(cabins))}")
    (cabin,) = cabins
    if cabin != booking.party.cabin and changed.keys() != {journey.number for journey in booking.journeys}:
        raise Impossible("a booking has one cabin: another one is for all of its journeys")
    journeys = tuple(changed.get(journey.number, journey) for journey in booking.journeys)
    flights = {leg.flight for journey in journeys for leg in journey.legs}
    had = {leg.flight for leg in booking.all_legs}
    passengers = booking.passengers if flights <= had else without_confirmations(booking.passengers)
    found = structs.replace(
        booking,
        journeys=journeys,
        party=structs.replace(booking.party, cabin=cabin),
        passengers=with_coupons_of(flights, passengers),
        changes=booking.changes + 1,
    )
    if fault := order_fault(found):
        raise Impossible(fault)
    _check_order(found, known)
    return found, tuple(changed[number] for number in sorted(changed))


def _sold(trip: TripWanted, known: Known) -> Journey:
    booking, own = known.booking, known.booking.journey(trip.journey)
    assert own is not None
    if not trip.flights:
        raise Impossible(in_journey("no flights are asked for", own, booking))
    if [(each.flight, each.cabin) for each in trip.flights] == [(leg.flight, leg.cabin) for leg in own.legs]:
        raise Impossible(in_journey("is booked so already", own, booking))
    ledgers = []
    for each in trip.flights:
        ledger = known.flights.get(each.flight)
        if ledger is None:
            raise Impossible(in_journey(f"unknown flight {each.flight}", own, booking))
        ledgers.append(ledger)
    legs = tuple(
        Leg(
            flight=each.flight,
            destination=ledger.destination,
            cabin=each.cabin,
            departs=ledger.departs,
            arrives=ledger.arrives,
        )
        for each, ledger in zip(trip.flights, ledgers, strict=True)
    )
    ticket = Ticket(
        origin=origin_of(legs[0].flight),
        destination=legs[-1].destination,
        departs=legs[0].departs,
        arrives=legs[-1].arrives,
        flights=tuple(leg.flight for leg in legs),
    )
    journey = Journey(number=own.number, ticket=ticket, legs=legs)
    if fault := next(_faults(journey, own, ledgers, known), None):
        raise Impossible(in_journey(fault, own, booking))
    party = structs.replace(booking.party, cabin=legs[0].cabin)
    reserved, sold = last_reserved(own, booking.party), as_sold(journey, party, known.flights)
    return structs.replace(
        sold,
        reserved=() if reserved == ticketed(sold, party) else reserved,
        documents=None if own.documents is None else "reissue_due",
    )


def _faults(journey: Journey, own: Journey, ledgers: Sequence[SeatLedger], known: Known) -> Iterator[str]:
    """Why the journey cannot be sold, each in one line. A seat that the party holds there already is its own."""
    party = known.booking.party
    rules = known.rules.of(journey.ticket, party)
    if "UMNR" in party.ssrs and len(journey.legs) > max(1, len(own.ticket.flights)):
        yield "an unaccompanied minor changes planes no more often than it was sold"
    if fault := journey_fault(journey, known.sheet, rules, not_before=None):
        yield fault
    for leg, ledger in zip(journey.legs, ledgers, strict=True):
        first, origin = leg is journey.legs[0], origin_of(leg.flight)
        lead = rules.sold_lead(own.ticket.origin if first else origin, origin, begins=first)
        if ledger.phase != "scheduled":
            yield f"{leg.flight} is {ledger.phase}"
        if ledger.expected_departure < known.now + lead:
            yield f"{leg.flight} leaves too soon to be sold now"
        held = ledger.holders.get(known.booking.pnr)
        kept = ledger.on_offer.get(known.booking.pnr)  # for an offer, which ends where the request is carried out
        mine = sum(own.seats for own in (held, kept) if own is not None and own.cabin == leg.cabin)
        free = ledger.free(leg.cabin) + mine
        if free < party.seats:
            yield f"{leg.flight} {leg.cabin}: {party.seats} wanted, {max(free, 0)} free"
        for ssr, own_need in rules.capped(party, known.booking.passengers).items() if held is None else ():
            most, on_board = rules.services[ssr].most, known.sheet.served(leg.flight, ssr)
            if most is not None and on_board + own_need > most:
                yield f"{leg.flight} takes {most} {ssr} and has {on_board}: {own_need} wanted"
    for (inbound, before), (leg, ledger) in pairwise(zip(journey.legs, ledgers, strict=True)):
        place, arrives = inbound.destination, before.expected_arrival
        if late := unreachable(leg, ledger, inbound=before, place=place, arrives=arrives, rules=rules):
            yield late.detail


def _check_order(booking: Booking, known: Known) -> None:
    """No journey begins before the one before it has ended."""
    for before, following in pairwise(booking.journeys):
        if before.legs and following.legs:
            ends = known.flights[before.legs[-1].flight].expected_arrival
            if known.flights[following.legs[0].flight].expected_departure < ends:
                raise Impossible(f"journey {following.number} begins before journey {before.number} has ended")
