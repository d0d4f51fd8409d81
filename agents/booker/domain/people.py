"""Whether the people on an imported booking are those that its party counts, and can travel together.

A booking may give its people or leave them out. Where it gives them, party and people are compared here once, and what the
people need becomes the party's, so that every rule looks at one place. No name or id is in a fault: a passenger is named by the
place in the list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from contracts.ledger import Booking, Party
from contracts.passengers import Passenger, PassengerKind, needs_of

_AGES: Mapping[PassengerKind, tuple[int, int]] = {"infant": (0, 1), "child": (2, 17), "adult": (12, 130)}
"""The least and the most years; airlines differ between twelve and eighteen [d]."""
_ALONE = frozenset({"UMNR"})
_WITH_ARTICLE: Mapping[PassengerKind, str] = {"infant": "an infant", "child": "a child", "adult": "an adult"}


def with_needs(booking: Booking) -> Booking:
    """The booking with what its passengers need among the party's special services.

    Children with no older person on their booking travel alone (UMNR) [d]: an update may have taken their adult from it.
    """
    needs = needs_of(booking.passengers)
    if booking.passengers and all(passenger.is_child for passenger in booking.passengers):
        needs |= _ALONE - {service.ssr for each in booking.passengers for service in each.services}
    more = needs.difference(booking.party.ssrs)
    if not more:
        return booking
    ssrs = (*booking.party.ssrs, *sorted(more))
    return structs.replace(booking, party=structs.replace(booking.party, ssrs=ssrs))


def are_alone_unasked(booking: Booking) -> bool:
    """Whether its passengers are children, and no one has asked that they travel alone."""
    people = booking.passengers
    asked = any(service.ssr in _ALONE for each in people for service in each.services)
    return bool(people) and all(each.is_child for each in people) and not asked


def without_coupons(booking: Booking) -> tuple[Passenger, ...]:
    """The passengers as they are whatever they fly on."""
    return tuple(structs.replace(passenger, coupons={}) for passenger in booking.passengers)


def without_confirmations(passengers: Iterable[Passenger]) -> tuple[Passenger, ...]:
    """The passengers with each service that was confirmed as one that is requested: for other flights than these."""
    return tuple(
        structs.replace(
            each,
            services=tuple(
                structs.replace(service, status="requested") if service.status == "confirmed" else service
                for service in each.services
            ),
        )
        if any(service.status == "confirmed" for service in each.services)
        else each
        for each in passengers
    )


def as_booked(booking: Booking) -> tuple[Passenger, ...]:
    """The passengers as they are whatever they fly on, and whichever flights their services are confirmed for."""
    return without_confirmations(without_coupons(booking))


def what_changed(was: Booking, now: Booking) -> Iterator[str]:
    """What of a booking is otherwise, its trip aside, as `BookingAmended.changed` names it."""
    for name in Party.__struct_fields__:
        if getattr(was.party, name) != getattr(now.party, name):
            yield name
    if without_coupons(was) != without_coupons(now):
        yield "people"
    if [each.coupons for each in was.passengers] != [each.coupons for each in now.passengers]:
        yield "coupons"
    if was.sale != now.sale:
        yield "sale"
    if was.compensated != now.compensated:
        yield "compensated"


def people_fault(booking: Booking) -> str | None:
    """Get what is wrong with the passengers in one line, or None. `with_needs` has been applied."""
    return next(_faults(booking, booking.passengers), None) if booking.passengers else None


def _faults(booking: Booking, people: Sequence[Passenger]) -> Iterator[str]:
    party = booking.party
    if len(people) != party.passengers:
        yield f"has {len(people)} passengers in its list, and its party has {party.passengers}"
    first: dict[str, int] = {}
    for number, passenger in enumerate(people, start=1):
        if passenger.id in first:
            yield f"its passengers {first[passenger.id]} and {number} have one id"
        first[passenger.id] = number
        if wrong := _contradiction(passenger):
            yield f"passenger {number} {wrong}"
    for number, passenger in enumerate(people, start=1):
        if passenger.escort is not None and (passenger.escort not in first or passenger.escort == passenger.id):
            yield f"passenger {number} is in the care of a passenger whom it does not have"
    yield from _company_faults(people, on_laps=party.passengers - party.seats)
    refused = {service.ssr for each in people for service in each.services} - needs_of(people)
    for ssr in sorted(refused.intersection(party.ssrs)):
        yield f"{ssr} is refused for its passengers, and is among the party's SSRs"
    flights = {leg.flight for leg in booking.all_legs}
    for number, passenger in enumerate(people, start=1):
        for flight in passenger.coupons:
            if flight not in flights:
                yield f"passenger {number} has a coupon of {flight}, which is none of the booking's flights"


def _contradiction(passenger: Passenger) -> str | None:
    """What cannot be true of one person."""
    if passenger.kind is not None and passenger.age is not None:
        least, most = _AGES[passenger.kind]
        if not least <= passenger.age <= most:
            return f"is {passenger.age} years old and {_WITH_ARTICLE[passenger.kind]}"
    codes = [service.ssr for service in passenger.services]
    if twice := next((ssr for ssr in codes if codes.count(ssr) > 1), None):
        return f"has {twice} twice"
    if "UMNR" in passenger.needs and (passenger.is_adult or passenger.is_infant):
        return "is no child, and travels as an unaccompanied minor (UMNR)"
    return None


def _company_faults(people: Sequence[Passenger], *, on_laps: int) -> Iterator[str]:
    """An infant needs an adult, and each on a lap one of its own (14 CFR 121.311(b)); an unaccompanied minor has none."""
    infants = sum(passenger.is_infant for passenger in people)
    adults = sum(passenger.may_be_adult for passenger in people)
    if on_laps > infants:
        yield f"{on_laps} of its passengers have no seat, and {infants} are infants"
    if infants and not adults:
        yield "has an infant and no adult"
    elif on_laps > adults:
        yield f"has {on_laps} infants on a lap and {adults} adults"
    if "UMNR" in needs_of(people) and any(passenger.is_adult for passenger in people):
        yield "has an unaccompanied minor (UMNR) beside an adult"
