"""Wishes: whether what people were told they get is what they get.

Which wishes a remark means is a judgement, and not the audit's. Whether a trip meets one is none: it is looked up in the legs.
What a trip costs beside others is not looked up: which others there were is not in the ledger.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import get_args

from contracts.judgement import Wish, Wishes
from contracts.ledger import Booking, BookingChanged, BookingFact, BookingStranded, Leg, Ticket
from contracts.names import Pnr, origin_of
from irops.audit.findings import Findings
from irops.audit.legal import TripRules
from irops.audit.streams import Streams

_WISHES: tuple[Wish, ...] = get_args(Wish)


def misreported(streams: Streams, latest: Mapping[Pnr, BookingFact], *, rules: TripRules) -> Findings:
    """Parties, each once, whose latest fact has a wish as met that the legs of the booking do not meet, or one as what their
    trip was preferred for that they do not have, or that is not met."""
    found = Findings()
    for pnr, fact in latest.items():
        booking = streams.bookings.get(pnr)
        if booking is None or isinstance(fact, BookingStranded):
            continue
        wishes = fact.wishes or Wishes()
        broken = tuple(_broken(wishes, booking, decided_at=fact.decided_at, rules=rules))
        met = [wish for wish in wishes.asked if wish not in broken and wish not in fact.unmet]
        because = fact.because if isinstance(fact, BookingChanged) else ()
        wrong = [wish for wish in broken if wish not in fact.unmet]
        wrong += [wish for wish in _WISHES if wish in because and wish not in met and wish not in wrong]
        if wrong:
            trip = " + ".join(leg.flight for leg in booking.legs)
            found.add(f"{pnr} is said to get {', '.join(wrong)}, and does not with {trip}")
    return found


def _broken(wishes: Wishes, booking: Booking, *, decided_at: datetime, rules: TripRules) -> Iterator[Wish]:
    """The wishes that a trip does not meet, as far as it was still to come when it was decided: what had been flown by then,
    and when and from where it began, nobody could choose any more. `together` and `needs` are not in the legs."""
    legs = booking.legs
    ahead = [leg for leg in legs if leg.departs > decided_at]
    if wishes.arrive_by is not None and legs and legs[-1].arrives > max(wishes.arrive_by, decided_at):
        yield "arrive_by"
    if ahead and len(ahead) == len(legs) and _at_home(ahead[0], booking.ticket, rules):
        if wishes.depart_after is not None and ahead[0].departs < wishes.depart_after:
            yield "depart_after"
        if wishes.airports and origin_of(ahead[0].flight) not in wishes.airports:
            yield "airports"
    if wishes.nonstop and len(ahead) > 1:
        yield "nonstop"
    if wishes.cabin is not None and any(leg.cabin != wishes.cabin for leg in ahead):
        yield "cabin"


def _at_home(leg: Leg, ticket: Ticket, rules: TripRules) -> bool:
    """Whether it leaves from where the ticket begins: who was stranded on the way goes on from there."""
    return rules.city(origin_of(leg.flight)) == rules.city(ticket.origin)
