"""Seats that a party keeps while it waits: whether those that it gave up had to be, and those that it keeps can be flown.

The booker decides by its ledger. Here what counts is what the monitor published of each flight until then, and the facts: a
party that loses one flight of several has its seats on those before it, until shortly before they leave.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from contracts.ledger import BookingFact, BookingStranded, Leg
from contracts.names import FlightKey
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past
from irops.audit.journeys import PartyJourney
from irops.audit.outlook import Outlook, is_open
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS


def not_kept(
    streams: Streams,
    journeys: Sequence[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    *,
    book: RuleBook,
    stops: Callable[[PartyJourney], bool] = lambda _: False,
) -> Findings:
    """Parties, each once, that wait without seats that they should have, or with seats that they should not. `stops`
    says whose seats do not lapse now: a brake is on them, or someone is asked about another trip."""
    found = Findings()
    last: PartyJourney | None = None
    for journey in journeys:
        before = last if last is not None and last.pnr == journey.pnr else None
        last = journey
        if journey.pnr in streams.expired:
            continue
        check = _Check(journey, before, streams, pasts, book)
        final = () if journey.held and stops(journey) else check.final()
        wrong = next((fault for part in (final, check.decisions()) for fault in part), None)
        if wrong is not None:
            found.add(f"{journey.name} {wrong}")
    return found


class _Check:
    def __init__(
        self,
        journey: PartyJourney,
        before: PartyJourney | None,
        streams: Streams,
        pasts: Mapping[FlightKey, Past],
        book: RuleBook,
    ) -> None:
        self._journey, self._before, self._streams = journey, before, streams
        self._pasts, self._book = pasts, book

    def final(self) -> Iterator[str]:
        """Seats that are kept now, and should have lapsed."""
        now, rules = self._streams.now, self._book.now_for(self._journey)
        for leg in self._journey.held:
            state, ledger = self._streams.flights.get(leg.flight), self._streams.seats.get(leg.flight)
            if state is not None and not is_open(state, rules):
                yield f"keeps seats on {leg.flight}, which is {state.phase}"
            if state is not None and now > state.departs - rules.rules.given_up + CLOCKS:
                yield f"keeps seats at {now:%H:%M} on {leg.flight}, which leaves at {state.departs:%H:%M}"
            if ledger and self._journey.pnr in ledger.offloaded and ledger.free(leg.cabin) < 0:
                yield f"keeps seats on {leg.flight}, which has none for it"
        yield from self._of_no_use(self._journey.held, rules)

    def decisions(self) -> Iterator[str]:
        for fact in self._journey.facts:
            if isinstance(fact, BookingStranded):
                before = self._journey.preceding(fact)
                if (fact.reason == "lapsed") != bool(fact.lapsed) or (fact.lapsed and fact.before):
                    yield f"gives up {len(fact.lapsed)} of the seats that it had kept, for it was {fact.reason} ({fact.id})"
                if fact.reason not in ("lapsed", "overdue") and not _declines_to_wait_on(fact, before):
                    yield from self._stranded(fact)
                elif before is not None:
                    yield from self._waits_on(fact, before)
                yield from self._kept(fact)

    def _stranded(self, fact: BookingStranded) -> Iterator[str]:
        ahead = fact.before[len(fact.flown) :]
        had = {(leg.flight, leg.cabin): leg for leg in ahead}
        for leg in fact.held:
            was = had.get((leg.flight, leg.cabin))
            if was is None or _named(was) != _named(leg):
                yield f"keeps seats on {leg.flight} that it did not have ({fact.id})"
        if [leg.flight for leg in fact.held] != [leg.flight for leg in ahead[: len(fact.held)]]:
            yield f"keeps seats that do not lead on from where it is ({fact.id})"
        yield from self._given_up(fact, ahead)

    def _waits_on(self, fact: BookingStranded, before: BookingFact) -> Iterator[str]:
        if not isinstance(before, BookingStranded):
            yield f"waits on by {fact.id}, and did not wait before"
            return
        if (fact.origin, fact.destination, fact.flown) != (before.origin, before.destination, before.flown):
            yield f"waits elsewhere by {fact.id} than by {before.id}"
        if (*fact.held, *fact.lapsed) != before.held:
            yield f"keeps and gives up other seats by {fact.id} than it had kept"
        yield from self._given_up(fact, before.held)

    def _given_up(self, fact: BookingStranded, had: Sequence[Leg]) -> Iterator[str]:
        """The first seat that it gave up, if it could still have flown it: those after it lead nowhere without it."""
        if self._is_direct(self._book.of(fact, self._journey)):
            return
        now_at = {leg.flight: leg for leg in fact.held}  # with the times that were known by then
        inbound = (None, *(now_at.get(leg.flight, leg) for leg in had))
        outlook, until = self._outlook(fact), self._book.of(fact, self._journey).rules.given_up
        lost = {
            leg.flight
            for leg, before in zip(had, inbound, strict=False)
            if outlook.may_be_lost(leg, before, place=fact.origin, flown=fact.flown, firm=fact.held, until=until)
        }
        # Of two sold as one the first is given up with a second that flies and cannot be kept to wait with.
        bound = {leg.flight for leg in had if leg.flight in lost and outlook.may_be_open(leg)}
        for leg, following in reversed(list(pairwise(had))):
            if following.married and following.flight in bound:
                bound.add(leg.flight)
        for leg in had[len(fact.held) :][:1]:
            if leg.flight not in lost | bound:
                yield f"gave up its seats on {leg.flight}, which could still be flown ({fact.id})"

    def _kept(self, fact: BookingStranded) -> Iterator[str]:
        """Seats that it kept and could not fly by then, or with times that their flight never had."""
        rules = self._book.of(fact, self._journey)
        for leg in fact.held:
            versions = self._outlook(fact).versions(leg)
            if versions and all(
                not is_open(version, rules) or fact.decided_at > version.departs - rules.rules.given_up + CLOCKS
                for version in versions
            ):
                yield f"kept its seats on {leg.flight}, which could not be flown any more ({fact.id})"
            given = self._pasts.get(leg.flight, NO_PAST).given
            if given is not None and (leg.departs not in given[0] or leg.arrives not in given[1]):
                yield f"kept {leg.flight} at times that it never had ({fact.id})"
            if leg.there_from is not None:
                yield f"is to be at the gate of {leg.flight}, which it may not take ({fact.id})"
        yield from self._of_no_use(fact.held, rules)

    def _of_no_use(self, held: Sequence[Leg], rules: TripRules) -> Iterator[str]:
        if held and self._is_direct(rules):
            yield f"is an unaccompanied minor, and keeps seats on {held[0].flight}, which is no trip"

    def _is_direct(self, rules: TripRules) -> bool:
        """Whether it is an unaccompanied minor who was sold no connection."""
        return self._journey.alone and not self._journey.limits(rules.rules).connections

    def _outlook(self, fact: BookingStranded) -> Outlook:
        return Outlook(self._streams, self._pasts, self._before, fact.decided_at, self._book.of(fact, self._journey))


def _declines_to_wait_on(fact: BookingStranded, before: BookingFact | None) -> bool:
    """Whether the party, which waits, takes no trip of those that were offered to it."""
    return bool(fact.offer) and isinstance(before, BookingStranded)


def _named(leg: Leg) -> tuple[FlightKey, object, object, bool]:
    return leg.flight, leg.destination, leg.sold_as, leg.married
