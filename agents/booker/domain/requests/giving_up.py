"""To give journeys up: of none that has begun. The booking has the others; without others it is as a withdrawn one.

What was paid for a journey that is given up goes with it.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import structs

from agents.booker.domain.imports import last_reserved
from agents.booker.domain.offering import unoffered
from agents.booker.domain.requests.facts import About
from agents.booker.domain.requests.known import Known, journeys_of
from agents.booker.domain.requests.paying import paid_for_less
from agents.booker.domain.requests.wish import Becomes, Wish, check_to_come
from agents.booker.domain.sales import without_payments_of
from contracts.ledger import BeforeRequests, Booking, GivenUp
from contracts.money import Money
from contracts.passengers import with_coupons_of
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class GiveUp(Wish):
    """`Wanted.cancel`."""

    name = "giving journeys up"

    def is_asked(self, wanted: Wanted) -> bool:
        return bool(wanted.cancel)

    def about(self, wanted: Wanted, _booking: Booking) -> About:
        journeys = frozenset(wanted.cancel)
        return About(journeys, paid_for=journeys)

    def acts(self, wanted: Wanted, known: Known) -> tuple[Act, ...]:
        whole = {journey.number for journey in known.booking.journeys} <= set(wanted.cancel)
        return ("cancel",) if whole else ("cancel", "change_trip_type")

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        check_to_come(wanted.cancel, known)
        booking = unoffered(known.booking)
        given_up = journeys_of(wanted.cancel, booking)
        rest = tuple(journey for journey in booking.journeys if journey not in given_up)
        gone = {each.journey: each for each in booking.given_up}
        gone |= {each.number: GivenUp(each.number, last_reserved(each, booking.party)) for each in given_up}
        left = structs.replace(
            booking, journeys=rest, changes=booking.changes + 1, given_up=tuple(gone[number] for number in sorted(gone))
        )
        return Becomes(_without_what_goes(left) if rest else _withdrawn(left), given_up)

    def unaccounted(self, answer: Answer, facts: Mapping[str, Value], _booking: Booking) -> str:
        up = answer.gives_up.amount if answer.gives_up else Decimal(0)
        paid = facts.get("paid")
        if isinstance(paid, Money) and up != paid.amount:
            return "the rule does not say what becomes of all that was paid"
        return ""

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_for_less(merged, agreed)


def _without_what_goes(left: Booking) -> Booking:
    """Without payments and coupons of journeys that it has no more."""
    flights = {leg.flight for leg in left.all_legs}
    paid = without_payments_of(left, {each.journey for each in left.given_up})
    return structs.replace(paid, passengers=with_coupons_of(flights, left.passengers))


def _withdrawn(left: Booking) -> Booking:
    """What stays of a booking without journeys, as of one that the reservation system withdraws."""
    party = structs.replace(left.party, contact="", remark="", paid=())
    return structs.replace(left, party=party, passengers=(), sale=None, before_requests=BeforeRequests())
