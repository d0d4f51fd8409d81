"""To be given no other trip by us: a journey that waits for one is planned no more.

It stays stranded, with its ticket and its place in the ledger, for what its party is owed does not change by it, and what comes
late has to find it. It gets a trip again by other flights that the party asks for, or by the reservation system's word.
"""

from collections.abc import Mapping

from msgspec import structs

from agents.booker.domain.imports import in_journey
from agents.booker.domain.requests.facts import About
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.wish import Becomes, Wish
from contracts.ledger import Booking, WaitlistEntry
from contracts.names import spoken
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class LeaveWaitlist(Wish):
    """`Wanted.leave`."""

    name = "no other trip"

    def is_asked(self, wanted: Wanted) -> bool:
        return bool(wanted.leave)

    def acts(self, _wanted: Wanted, _known: Known) -> tuple[Act, ...]:
        return ("leave_waitlist",)

    def about(self, wanted: Wanted, booking: Booking) -> About:
        return About(frozenset(wanted.leave), paid_for=About.all_of(booking).journeys)

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        if len(set(wanted.leave)) < len(wanted.leave):
            raise Impossible("a journey is named twice")
        waiting = {number: structs.replace(_entry(number, known), left=True) for number in wanted.leave}
        return Becomes(known.booking, waiting=waiting)

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], _booking: Booking) -> str:
        if answer.charges or (answer.gives_up and answer.gives_up.amount):
            return "something is paid, or given up, for no trip"
        return ""

    def paid(self, merged: Booking, _agreed: Quote) -> Booking:
        return merged


def _entry(number: int, known: Known) -> WaitlistEntry:
    """Where the journey waits. Raises `Impossible` where it does not, or waits for more than a trip."""
    booking = known.booking
    journey, entry = booking.journey(number), known.waiting.get((booking.pnr, number))
    if journey is None:
        raise Impossible(f"the booking has no journey {number}")
    if entry is None:
        raise Impossible(in_journey("is not on the waitlist", journey, booking))
    if entry.left:
        raise Impossible(in_journey("is given no other trip already", journey, booking))
    if journey.offer:
        raise Impossible(in_journey("a trip is on offer for it: answer that first", journey, booking))
    if journey.held:
        flights = " and ".join(spoken(leg.flight) for leg in journey.held)
        raise Impossible(in_journey(f"seats are kept for it on {flights}", journey, booking), for_a_person=True)
    return entry
