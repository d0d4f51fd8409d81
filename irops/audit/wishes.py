"""Wishes: whether the trips meet the wishes that passengers were notified of as met.

Which wishes a remark expresses is a judgement, which the audit does not repeat. Whether a trip meets a wish is read from the
legs of the fact that reports it. Judged are the facts since the reservation system last changed the journey, or the remark.
How a trip compares with others is not checked: the others are not in the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from contracts.judgement import Wish, Wishes
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, Leg, Ticket
from contracts.names import Pnr, origin_of
from contracts.reservations import BookingAmended
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams

_WISHES: tuple[Wish, ...] = get_args(Wish)


def misreported(streams: Streams, journeys: Iterable[PartyJourney], *, book: RuleBook) -> Findings:
    """Journeys, each once, one of whose facts reports a wish as met that its legs do not meet, or gives as the reason for the
    trip a wish that the party does not have or that is not met."""
    found = Findings()
    rewritten = _rewritten(streams)
    for journey in journeys:
        wrong = next(
            (
                why
                for fact, sequence in zip(journey.facts, journey.sequences, strict=True)
                if fact in journey.facts_since and sequence > rewritten.get(journey.pnr, -1)
                if not isinstance(fact, BookingStranded)
                for why in _faults(fact, journey, book.of(fact, journey))
            ),
            None,
        )
        if wrong is not None:
            found.add(f"{journey.name} is notified of {wrong}")
    return found


def _rewritten(streams: Streams) -> Mapping[Pnr, int]:
    """Where in LEDGER the reservation system last gave each party another remark: what was read before is not on record."""
    found: dict[Pnr, int] = {}
    for sequence, change in streams.amended:
        if isinstance(change, BookingAmended) and "remark" in change.changed:
            found[change.pnr] = max(sequence, found.get(change.pnr, sequence))
    return found


def _faults(fact: BookingChanged | BookingKept, journey: PartyJourney, rules: TripRules) -> Iterator[str]:
    wishes = fact.wishes or Wishes()
    if wishes.asked and not journey.party.remark:
        yield "wishes, and has written none"
        return
    broken = tuple(_broken(wishes, fact, journey.ticket, rules))
    met = [wish for wish in wishes.asked if wish not in broken and wish not in fact.unmet]
    because = fact.because if isinstance(fact, BookingChanged) else ()
    wrong = [wish for wish in broken if wish not in fact.unmet]
    wrong += [wish for wish in _WISHES if wish in because and wish not in met and wish not in wrong]
    if wrong:
        yield f"{', '.join(wrong)} as met, which {' + '.join(leg.flight for leg in fact.after)} does not meet"


def _broken(wishes: Wishes, fact: BookingChanged | BookingKept, ticket: Ticket, rules: TripRules) -> Iterator[Wish]:
    """Get the wishes that the trip does not meet, judging only the part that lay ahead when it was decided: the flown part, and
    when and where the trip began, could not be chosen any more. `together` and `needs` are not in the legs."""
    legs, decided_at = fact.after, fact.decided_at
    ahead = [leg for leg in legs if leg.departs > decided_at]
    if wishes.arrive_by is not None and legs and legs[-1].arrives > max(wishes.arrive_by, decided_at):
        yield "arrive_by"
    if ahead and len(ahead) == len(legs) and _at_home(ahead[0], ticket, rules):
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
