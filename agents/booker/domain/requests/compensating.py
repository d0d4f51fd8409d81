"""To be compensated for what went wrong on a journey: once for each complaint, and a grant alone.

| the ledger's flights of that journey: sold, booked, and as the reservation system has them | the complaint |
|---|---|
| one was cancelled, for a cancelled flight; one is late, for a delayed one | is confirmed |
| none was, and the journey has the flights that it was sold with | is not confirmed |
| none was, and its flights before are not known any more | is neither: rules ask |
| whatever, for anything else that went wrong | is neither |

The trip stays as it is. What was granted for a complaint is on the booking, so a second request for it is refused, whenever it
comes.
"""

from collections.abc import Collection, Iterator, Mapping

from msgspec import structs

from agents.booker.domain.imports import in_journey
from agents.booker.domain.requests.facts import About, is_late
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.wish import Becomes, Wish
from contracts.ledger import Booking, Complaint, Journey
from contracts.names import FlightKey
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class Compensate(Wish):
    """`Wanted.compensate`."""

    name = "compensation"

    def is_asked(self, wanted: Wanted) -> bool:
        return wanted.compensate is not None

    def about(self, wanted: Wanted, booking: Booking) -> About:
        journeys = frozenset({wanted.compensate.journey} if wanted.compensate else ())
        return About(journeys, paid_for=About.all_of(booking).journeys)

    def acts(self, _wanted: Wanted, _known: Known) -> tuple[Act, ...]:
        return ("compensate",)

    def looks_at(self, wanted: Wanted, booking: Booking) -> Collection[FlightKey]:
        journey = booking.journey(wanted.compensate.journey) if wanted.compensate else None
        return {*_flights(journey)} if journey else ()

    def facts(self, wanted: Wanted, known: Known) -> Mapping[str, Value]:
        complaint = wanted.compensate
        if complaint is None:
            return {}
        found: dict[str, Value] = {"asked": True, "complaint": complaint.kind}
        if (confirmed := _confirmed(complaint, known)) is not None:
            found["confirmed"] = confirmed
        return found

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        booking, complaint = known.booking, wanted.compensate
        journey = booking.journey(complaint.journey) if complaint else None
        if complaint is None or journey is None:
            raise Impossible(f"the booking has no journey {complaint.journey if complaint else ''}")
        if complaint in booking.compensated:
            raise Impossible(in_journey(f"has been compensated for already: {complaint.kind}", journey, booking))
        return Becomes(structs.replace(booking, compensated=(*booking.compensated, complaint)))

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], _booking: Booking) -> str:
        if answer.charges or (answer.gives_up and answer.gives_up.amount):
            return "a compensation takes nothing from what was paid, and costs nothing"
        return "" if answer.grants else "the rule does not say what is granted"

    def paid(self, merged: Booking, _agreed: Quote) -> Booking:
        return merged


def _confirmed(complaint: Complaint, known: Known) -> bool | None:
    journey = known.booking.journey(complaint.journey)
    if journey is None or complaint.kind == "other":
        return None
    ledgers = [ledger for flight in _flights(journey) if (ledger := known.flights.get(flight))]
    if complaint.kind == "cancelled_flight":
        happened = any(ledger.phase == "cancelled" for ledger in ledgers)
    else:
        happened = any(map(is_late, ledgers))
    return True if happened else None if _sold_again(journey, known.booking) else False


def _flights(journey: Journey) -> Iterator[FlightKey]:
    yield from journey.ticket.flights
    yield from (leg.flight for leg in journey.seated)
    yield from (each.flight for each in journey.reserved)


def _sold_again(journey: Journey, booking: Booking) -> bool:
    """Whether it may have had other flights, which are on no record: by a request, or by the reservation system's word."""
    return booking.changes > 0 or (journey.state == "ticketed" and bool(journey.last_fact))
