"""Wishes: whether the trips meet the wishes that passengers were notified of as met.

Which wishes a remark expresses is a judgement, which the audit does not repeat. Whether a trip meets a wish is read from its
legs. How a trip compares with others is not checked: the others are not in the ledger.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import get_args

from contracts.judgement import Wish, Wishes
from contracts.ledger import BookingChanged, BookingFact, BookingStranded, Journey, JourneyKey, Leg, Ticket
from contracts.names import origin_of
from irops.audit.findings import Findings
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams, named

_WISHES: tuple[Wish, ...] = get_args(Wish)


def misreported(streams: Streams, latest: Mapping[JourneyKey, BookingFact], *, book: RuleBook) -> Findings:
    """Journeys, each once, whose latest fact reports a wish as met that its legs do not meet, or gives as the reason
    for the trip a wish that the party does not have or that is not met."""
    found = Findings()
    for booking, journey in streams.journeys():
        fact = latest.get((booking.pnr, journey.number))
        if fact is None or isinstance(fact, BookingStranded):
            continue
        wishes = fact.wishes or Wishes()
        if wishes.asked and not booking.party.remark:
            found.add(f"{named(booking, journey)} is notified of wishes, and has written none")
            continue
        broken = tuple(_broken(wishes, journey, decided_at=fact.decided_at, rules=book.of(fact)))
        met = [wish for wish in wishes.asked if wish not in broken and wish not in fact.unmet]
        because = fact.because if isinstance(fact, BookingChanged) else ()
        wrong = [wish for wish in broken if wish not in fact.unmet]
        wrong += [wish for wish in _WISHES if wish in because and wish not in met and wish not in wrong]
        if wrong:
            trip = " + ".join(leg.flight for leg in journey.legs)
            found.add(f"{named(booking, journey)} is notified of {', '.join(wrong)} as met, which {trip} does not meet")
    return found


def _broken(wishes: Wishes, journey: Journey, *, decided_at: datetime, rules: TripRules) -> Iterator[Wish]:
    """Get the wishes that the trip does not meet, judging only the part that lay ahead when it was decided: the flown part, and
    when and where the trip began, could not be chosen any more. `together` and `needs` are not in the legs."""
    legs = journey.legs
    ahead = [leg for leg in legs if leg.departs > decided_at]
    if wishes.arrive_by is not None and legs and legs[-1].arrives > max(wishes.arrive_by, decided_at):
        yield "arrive_by"
    if ahead and len(ahead) == len(legs) and _at_home(ahead[0], journey.ticket, rules):
        if wishes.depart_after is not None and ahead[0].departs < wishes.depart_after:
            yield "depart_after"
        if wishes.airports and origin_of(ahead[0].flight) not in wishes.airports:
            yield "airports"
    if wishes.nonstop and len(ahead) > 1:
        yield "nonstop"
    if wishes.cabin is not None and any(leg.cabin != wishes.cabin for leg in ahead):
        yield "cabin"


def _at_home(leg: Leg, ticket: Ticket, rules: TripRules) -> bool:
    """Whether it leaves from where the ticket begins: a party stranded on the way continues from elsewhere."""
    return rules.city(origin_of(leg.flight)) == rules.city(ticket.origin)
