"""Consent: whether no trip was booked without the yes that the rules in force asked for, and no one asked whom they do not ask.

Which entry of the rules holds is derived here from the facts: the reason, the marks, the party and its ticket. Where one of
these is not known any more, or a time may have been read on either side of a limit, each entry that may have held counts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from contracts.ledger import BookingChanged, BookingFact, BookingStranded, Disruption, Leg, Mark
from contracts.names import FlightKey, origin_of
from contracts.offers import TripOffered
from contracts.rules import Consent
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney, as_booked, following
from irops.audit.marks import judged_marks
from irops.audit.offers import OfferBook
from irops.audit.outlook import Outlook
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_OF_AN_OFFER: frozenset[Mark] = frozenset({"unasked", "declined"})


@dataclass(frozen=True, slots=True)
class _Trip:
    """What the rules look at. A mark is surely there, or may be."""

    reason: Disruption
    marks: Collection[Mark]
    possible: Collection[Mark]
    delay: timedelta | None
    """Of its arrival after the ticket's; None: not known."""


def booked_without_consent(
    streams: Streams,
    offers: OfferBook,
    journeys: Iterable[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    *,
    book: RuleBook,
    silent: timedelta,
) -> Findings:
    """Journeys, each once, that were moved without a yes that they needed, or about which someone was asked for nothing."""
    found = Findings()
    offered: dict[tuple[str, int], list[tuple[int, TripOffered]]] = {}
    for made in offers.made.values():
        offered.setdefault((made.fact.pnr, made.fact.journey), []).append((made.sequence, made.fact))
    journeys = list(journeys)
    after = following(journeys)
    for journey in journeys:
        if journey.pnr in streams.expired:
            continue
        behind = after[journey.key].first_flights if journey.key in after else []
        check = _Check(streams, pasts, journey, behind, book, silent)
        faults = (*check.booked(), *check.offered(offered.get(journey.key, ())))
        if faults:
            found.add(f"{journey.name} {faults[0]}")
    return found


@dataclass(frozen=True)
class _Check:
    streams: Streams
    pasts: Mapping[FlightKey, Past]
    journey: PartyJourney
    behind: Sequence[Leg]
    """What the journey after it begins with, or has begun with."""
    book: RuleBook
    silent: timedelta

    def booked(self) -> Iterator[str]:
        """Moves that no one was asked about."""
        for sequence, fact in self.journey.own:
            marked = "unasked" in fact.marks
            if not isinstance(fact, BookingChanged) or fact.offer:
                if marked:
                    yield f"is marked as unasked by {fact.id}, {'an answer' if fact.offer else 'which moves no one'}"
                continue
            if not marked and _has_all(fact, self.journey.preceding(fact)):
                continue
            marks = frozenset(fact.marks) - _OF_AN_OFFER
            rules = self.book.at(sequence, fact.rules, self.journey)
            trip = _Trip(fact.reason, marks, marks, self._delay(sequence, fact.after))
            possible = self._required(sequence, trip, rules)
            needed = [each for each in possible if each is not None]
            if marked and not needed:
                yield f"is marked as unasked by {fact.id}, and no one had to be asked"
            elif None in possible:
                continue
            elif not marked:
                yield f"was moved by {fact.id} without a yes of the {needed[0].by}"
            elif all(self._had_time(fact, each, rules) for each in needed):
                yield f"was moved by {fact.id} for lack of time to ask the {needed[0].by}, and there was time"

    def offered(self, offers: Sequence[tuple[int, TripOffered]]) -> Iterator[str]:
        """Questions that the rules do not ask, or ask otherwise."""
        for sequence, fact in offers:
            if not fact.trips or not fact.trips[0]:
                continue
            rules = self.book.at(sequence, fact.rules, self.journey)
            possible = self._required(sequence, self._of_offer(sequence, fact, rules), rules)
            by_rules = {each.by if each else None for each in possible}
            alike = [each for each in possible if each is not None and each.by == fact.answerer]
            if not alike:
                whom = " or ".join(sorted(f"the {by}" if by else "no one" for by in by_rules))
                yield f"has {fact.id}, which asks the {fact.answerer}; the rules ask {whom}"
            elif fact.default not in {each.default for each in alike}:
                yield f"has {fact.id}, which is to {fact.default} its trip without an answer, and not by the rules"
            elif all(fact.until > fact.decided_at + each.within + CLOCKS for each in alike):
                yield f"has {fact.id}, which could be answered for longer than the rules allow"
            elif all(fact.until < self._soonest(fact, each, rules) - CLOCKS for each in alike):
                yield f"has {fact.id}, which could be answered for less time than there was"

    def _of_offer(self, sequence: int, fact: TripOffered, rules: TripRules) -> _Trip:
        """The first trip as the fact would be that books it."""
        marks, possible = judged_marks(self.journey, as_booked(fact), self.streams, self.pasts, rules)
        if self._is_sold_otherwise_since(sequence):
            marks, possible = set(), {*possible, *(mark for each in rules.rules.consent for mark in each.marks)}
        return _Trip(fact.reason, marks, possible, self._delay(sequence, fact.trips[0]))

    def _required(self, sequence: int, trip: _Trip, rules: TripRules) -> list[Consent | None]:
        """The entries that may have held, up to the first that surely did; None: no one had to be asked."""
        found: list[Consent | None] = []
        for entry in rules.rules.consent:
            holds = self._holds(entry, sequence, trip)
            if holds is not False:
                found.append(entry if entry.by else None)
            if holds:
                return found
        return [*found, None]

    def _holds(self, entry: Consent, sequence: int, trip: _Trip) -> bool | None:
        """None: it may or may not."""
        party, is_known = self.journey.party, self.journey.is_as_at(sequence)
        conditions: list[bool | None] = [not entry.after or trip.reason in entry.after]
        if entry.marks:
            wanted = set(entry.marks)
            conditions.append(bool(wanted & set(trip.marks)) or (None if wanted & set(trip.possible) else False))
        if entry.tiers:
            conditions.append(party.tier in entry.tiers if is_known else None)
        if entry.ssrs:
            conditions.append(not set(entry.ssrs).isdisjoint(party.ssrs) if is_known else None)
        if entry.delay is not None:
            beyond = None if trip.delay is None else trip.delay - entry.delay
            conditions.append(None if beyond is None or abs(beyond) < self.silent else beyond > timedelta(0))
        return False if False in conditions else None if None in conditions else True

    def _delay(self, sequence: int, trip: Sequence[Leg]) -> timedelta | None:
        if self._is_sold_otherwise_since(sequence) or not trip:
            return None
        return trip[-1].arrives - self.journey.ticket.arrives

    def _is_sold_otherwise_since(self, sequence: int) -> bool:
        """Whether the reservation system, or a request, has changed the booking since."""
        return any(at > sequence and fact.pnr == self.journey.pnr for at, fact in self.streams.amended)

    def _had_time(self, fact: BookingChanged, consent: Consent, rules: TripRules) -> bool:
        had = {leg.flight for leg in fact.before}
        own = (*fact.before, *(leg for leg in fact.after if leg.flight in had), *self._may_hold(fact), *self.behind)
        present = self._open(own, fact.decided_at, rules)
        latest = _latest(fact.after, fact.before, present, fact.decided_at + consent.within, rules)
        return latest - fact.decided_at >= rules.rules.least_to_answer + self.silent

    def _may_hold(self, fact: BookingFact | TripOffered) -> list[Leg]:
        """The seats that a party without a trip may wait with: they are given up in time for others."""
        waited = (each for each in self.journey.facts if isinstance(each, BookingStranded))
        return [] if fact.before else [leg for each in waited for leg in each.held]

    def _open(self, legs: Sequence[Leg], at: datetime, rules: TripRules) -> list[Leg]:
        """Those of the flights that may have taken their holders, at the earliest that they were known to leave."""
        outlook = Outlook(self.streams, self.pasts, None, at, rules)
        return [structs.replace(leg, departs=self._earliest(leg, at)) for leg in legs if outlook.may_be_open(leg)]

    def _earliest(self, leg: Leg, at: datetime) -> datetime:
        states = (change.state for change in self.pasts.get(leg.flight, NO_PAST).changes)
        return min([leg.departs, *(state.departs for state in states if known_from(state) <= at + CLOCKS)])

    def _soonest(self, fact: TripOffered, consent: Consent, rules: TripRules) -> datetime:
        own = (*fact.before, *fact.after, *self._may_hold(fact), *self.behind)
        present = self._open(own, fact.decided_at, rules)
        return _latest(fact.trips[0], fact.before, present, fact.decided_at + consent.within, rules)


def _has_all(fact: BookingChanged, before: BookingFact | None) -> bool:
    """Whether the party had all the seats of its trip before, so that there was nothing to keep for it."""
    had = (*before.flown, *before.held) if isinstance(before, BookingStranded) else fact.before
    return {(leg.flight, leg.cabin) for leg in fact.after} <= {(leg.flight, leg.cabin) for leg in had}


def _latest(
    trip: Sequence[Leg], before: Sequence[Leg], present: Sequence[Leg], until: datetime, rules: TripRules
) -> datetime:
    """Until when an answer could surely come, and no later than `until`: while the new flights can be sold to who is there
    in time, and before the `present` ones have to be taken, or given up."""
    had = {leg.flight for leg in before}
    new = [leg for leg in trip if leg.flight not in had]
    sold = [max(rules.sold_from(origin_of(leg.flight), begins=True), rules.sold_transfer) for leg in new]
    closings = [leg.departs - rules.rules.at_the_gate - lead for leg, lead in zip(new, sold, strict=True)]
    closings += [leg.departs - max(rules.rules.at_the_gate, rules.rules.given_up) for leg in present]
    return min([until, *closings])
