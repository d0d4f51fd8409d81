"""Each journey as the checks look at it: the party, what was sold, what it flies now, and the facts about it in order."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from contracts.ledger import BookingChanged, BookingFact, BookingStranded, JourneyKey, JourneyState, Leg, Party, Ticket
from contracts.names import Id, Pnr
from contracts.offers import TripOffered
from contracts.reservations import BookingAmended, BookingContradicted
from contracts.rules import Limits, Rules
from irops.audit.people import travels_alone
from irops.audit.streams import Streams, named

_WHO = frozenset({"tier", "ssrs", "people"})
"""What of a party decides by which rules it is judged (`BookingAmended.changed`)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One fact about a journey: irops has answered for it or asked about it, or the reservation system has changed it."""

    sequence: int
    """In LEDGER."""
    id: Id
    follows: Id
    before: tuple[Leg, ...]
    after: tuple[Leg, ...]
    flown: tuple[Leg, ...] = ()
    """Of the trip before, what a party without seats has flown."""
    is_amendment: bool = False
    is_offer: bool = False
    """Someone was asked whether it changes; it has not."""


Steps = Mapping[JourneyKey, Sequence[Step]]
"""Every journey's steps in their order."""


@dataclass(frozen=True, slots=True)
class PartyJourney:
    """A journey of a booking, in its final state."""

    pnr: Pnr
    number: int
    name: str
    """As findings name it."""
    party: Party
    alone: bool
    """An unaccompanied minor."""
    ticket: Ticket
    longest_stay: timedelta
    """As it was sold."""
    legs: tuple[Leg, ...]
    held: tuple[Leg, ...]
    """Seats without a trip."""
    state: JourneyState
    last_fact: Id
    facts: tuple[BookingFact, ...]
    """Oldest first: those that have not expired. Where the booking was split from another, the earlier ones are about that."""
    sequences: tuple[int, ...]
    """Of the facts, in LEDGER."""
    moved_back: bool
    steps: Sequence[Step]
    """The facts, what was offered, and what the reservation system has changed between them."""
    whole: bool
    """All its facts are there."""
    changed_at: int
    """Where in LEDGER its people, tier or services last changed; -1: nowhere."""

    @property
    def first_flights(self) -> list[Leg]:
        """The flight that it begins with, and those that it had begun with before."""
        trips = [trip for step in self.steps for trip in (step.before, step.after)]
        return [trip[0] for trip in (*trips, self.legs) if trip]

    def is_as_decided(self, fact: BookingFact) -> bool:
        """Whether the party is the one that the fact was decided for, as far as rules ask."""
        known = zip(self.sequences, self.facts, strict=True)
        return fact.pnr == self.pnr and all(self.is_as_at(at) for at, each in known if each.id == fact.id)

    def is_as_at(self, sequence: int) -> bool:
        """Whether the party is the one that it was at this LEDGER sequence, as far as rules ask."""
        return sequence > self.changed_at

    def preceding(self, fact: BookingFact) -> BookingFact | None:
        """The fact that this one follows, whatever was offered between the two; None where something else came before it."""
        before = past_offers(fact.follows, {step.id: step.follows for step in self.steps if step.is_offer})
        return next((each for each in self.facts if each.id == before), None)

    def limits(self, rules: Rules) -> Limits:
        """What it may be given."""
        return rules.limits(self.ticket.flights, self.longest_stay, alone=self.alone)

    @property
    def decided(self) -> Step | None:
        """The last step that has changed it, or confirmed it."""
        return next((step for step in reversed(self.steps) if not step.is_offer), None)

    @property
    def amended(self) -> Step | None:
        """The last change by the reservation system."""
        return next((step for step in reversed(self.steps) if step.is_amendment), None)

    @property
    def facts_since(self) -> tuple[BookingFact, ...]:
        """Those after the last change by the reservation system: they decide what the trip is."""
        since = self.amended.sequence if self.amended else -1
        return tuple(fact for fact, at in zip(self.facts, self.sequences, strict=True) if at > since)

    @property
    def own(self) -> tuple[tuple[int, BookingFact], ...]:
        """The facts about this booking, each with its sequence in LEDGER."""
        return tuple(each for each in zip(self.sequences, self.facts, strict=True) if each[1].pnr == self.pnr)

    @property
    def key(self) -> JourneyKey:
        return self.pnr, self.number


def journeys_of(streams: Streams, steps: Steps) -> list[PartyJourney]:
    """Every journey of every booking, with its `steps`; those of a booking follow one another in order of travel."""
    facts: dict[JourneyKey, list[tuple[int, BookingFact]]] = {}
    for sequence, fact in sorted(streams.facts, key=lambda pair: pair[0]):
        facts.setdefault((fact.pnr, fact.journey), []).append((sequence, fact))
    splits = splits_of(streams)
    changed: dict[Pnr, int] = {}
    for at, amended in streams.amended:
        if isinstance(amended, BookingAmended) and (amended.follows or not _WHO.isdisjoint(amended.changed)):
            changed[amended.pnr] = max(at, changed.get(amended.pnr, at))
    found = []
    for booking, journey in streams.journeys():
        own = sorted(
            (
                each
                for pnr, upto in _line(booking.pnr, splits)
                for each in facts.get((pnr, journey.number), ())
                if each[0] < upto
            ),
            key=lambda pair: pair[0],
        )
        found.append(
            PartyJourney(
                booking.pnr,
                journey.number,
                named(booking, journey),
                booking.party,
                travels_alone(booking),
                journey.ticket,
                journey.longest_stay,
                journey.legs,
                journey.held,
                journey.state,
                journey.last_fact,
                tuple(fact for _, fact in own),
                tuple(sequence for sequence, _ in own),
                journey.moved_back,
                steps.get((booking.pnr, journey.number), ()),
                streams.whole and not is_cut(booking.pnr, splits),
                changed.get(booking.pnr, -1),
            )
        )
    return found


def past_offers(id_: Id, follows: Mapping[Id, Id]) -> Id:
    """The id of what is before all offers, going back from this id. `follows`: by offer, what it follows."""
    seen = set[Id]()
    while id_ in follows and id_ not in seen:
        seen.add(id_)
        id_ = follows[id_]
    return id_


def after(fact: BookingFact) -> tuple[Leg, ...]:
    """The trip that the fact leaves the party with."""
    return () if isinstance(fact, BookingStranded) else fact.after


def following(journeys: Iterable[PartyJourney]) -> dict[JourneyKey, PartyJourney]:
    """The journey after each that has one. `journeys` are in their order."""
    return {before.key: after for before, after in pairwise(journeys) if before.pnr == after.pnr}


def as_booked(offer: TripOffered, option: int = 0) -> BookingChanged:
    """The fact that would have booked this trip of the offer outright."""
    marks = offer.trip_marks[option] if option < len(offer.trip_marks) else offer.marks
    return BookingChanged(
        pnr=offer.pnr,
        journey=offer.journey,
        id=offer.id,
        reason=offer.reason,
        broken_by=offer.broken_by,
        before=offer.before,
        language=offer.language,
        contact=offer.contact,
        decided_at=offer.decided_at,
        follows=offer.follows,
        marks=marks if option else offer.marks,
        rules=offer.rules,
        after=offer.trips[option] if offer.trips else (),
    )


class Split(NamedTuple):
    """Where a booking was split from another."""

    pnr: Pnr
    """The other one."""
    sequence: int
    """Of the fact about the other one, in LEDGER."""


def splits_of(streams: Streams) -> dict[Pnr, Split | None]:
    """The bookings that were split from another, each with its split; None where the fact about the other one is gone."""
    amended = {fact.id: Split(fact.pnr, at) for at, fact in streams.amended if isinstance(fact, BookingAmended)}
    return {
        fact.pnr: amended.get(fact.follows)
        for _, fact in streams.amended
        if isinstance(fact, BookingAmended) and fact.follows
    }


def is_cut(pnr: Pnr, splits: Mapping[Pnr, Split | None]) -> bool:
    """Whether facts about the booking before it was split from another are gone."""
    return any(line in splits and splits[line] is None for line, _ in _line(pnr, splits))


def _line(pnr: Pnr, splits: Mapping[Pnr, Split | None]) -> Iterator[tuple[Pnr, float]]:
    """The bookings whose facts are this one's, each with the sequence up to which they are: where it was split."""
    upto, seen = math.inf, {pnr}
    yield pnr, upto
    while (split := splits.get(pnr)) and split.pnr not in seen:
        pnr, upto = split.pnr, min(upto, split.sequence)
        seen.add(pnr)
        yield pnr, upto


def steps_of(streams: Streams) -> Steps:
    """Every journey's facts in their order, also of a journey that its booking does not have any more. A booking that was split
    from another begins with the facts about that one."""
    own: dict[JourneyKey, list[Step]] = {}
    for sequence, fact in streams.facts:
        flown = fact.flown if isinstance(fact, BookingStranded) else ()
        step = Step(sequence, fact.id, fact.follows, fact.before, after(fact), flown)
        own.setdefault((fact.pnr, fact.journey), []).append(step)
    for sequence, offered in streams.offered:
        step = Step(sequence, offered.id, offered.follows, offered.before, offered.before, is_offer=True)
        own.setdefault((offered.pnr, offered.journey), []).append(step)
    for sequence, change in streams.amended:
        for journey in change.journeys if not isinstance(change, BookingContradicted) else ():
            step = Step(sequence, change.id, journey.follows, journey.before, journey.after, is_amendment=True)
            own.setdefault((change.pnr, journey.number), []).append(step)
    splits = splits_of(streams)
    keys = own.keys() | {
        (pnr, number) for pnr in splits for before, _ in _line(pnr, splits) for other, number in own if other == before
    }
    found = {}
    for pnr, number in keys:
        line = (step for of, upto in _line(pnr, splits) for step in own.get((of, number), ()) if step.sequence < upto)
        if steps := tuple(sorted(line, key=lambda step: step.sequence)):
            found[pnr, number] = steps
    return found


def broken_chain(steps: Sequence[Step], *, whole: bool) -> Iterator[str]:
    """Facts that are no chain, each naming the one before it and beginning with its trip. A journey that the reservation system
    has given up, and has again under its number, begins once more."""
    if whole and steps and steps[0].follows:
        yield f"was never informed of {steps[0].follows}, which {steps[0].id} follows"
    for before, step in pairwise(steps):
        if before.is_amendment and not before.after and step.is_amendment and not step.follows and not step.before:
            continue
        if step.follows != before.id:
            yield f"{step.id} follows {step.follows or 'nothing'}, and comes after {before.id}"
        if as_written(step.before) != as_written(before.after):
            yield f"had other flights before {step.id} than after {before.id}"


def as_written(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """What a letter says of the legs."""
    return tuple(replace(leg, answered=0) for leg in legs)
