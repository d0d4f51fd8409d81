"""Each journey as the checks look at it: the party, what was sold, what it flies now, and the facts about it in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from msgspec.structs import replace

from contracts.ledger import BookingFact, BookingStranded, JourneyKey, JourneyState, Leg, Party, Ticket
from contracts.names import Id, Pnr
from contracts.reservations import BookingContradicted
from irops.audit.people import travels_alone
from irops.audit.streams import Streams, named


@dataclass(frozen=True, slots=True)
class Step:
    """One fact about a journey: irops has answered for it, or the reservation system has changed it."""

    sequence: int
    """In LEDGER."""
    id: Id
    follows: Id
    before: tuple[Leg, ...]
    after: tuple[Leg, ...]
    is_amendment: bool = False


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
    legs: tuple[Leg, ...]
    state: JourneyState
    last_fact: Id
    facts: tuple[BookingFact, ...]
    """Oldest first: those that have not expired."""
    sequences: tuple[int, ...]
    """Of the facts, in LEDGER."""
    moved_back: bool
    steps: Sequence[Step]
    """The facts, and what the reservation system has changed between them."""

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
    def key(self) -> JourneyKey:
        return self.pnr, self.number


def journeys_of(streams: Streams, steps: Steps) -> list[PartyJourney]:
    """Every journey of every booking, with its `steps`; those of a booking follow one another in order of travel."""
    facts: dict[JourneyKey, list[tuple[int, BookingFact]]] = {}
    for sequence, fact in sorted(streams.facts, key=lambda pair: pair[0]):
        facts.setdefault((fact.pnr, fact.journey), []).append((sequence, fact))
    found = []
    for booking, journey in streams.journeys():
        own = facts.get((booking.pnr, journey.number), ())
        found.append(
            PartyJourney(
                booking.pnr,
                journey.number,
                named(booking, journey),
                booking.party,
                travels_alone(booking),
                journey.ticket,
                journey.legs,
                journey.state,
                journey.last_fact,
                tuple(fact for _, fact in own),
                tuple(sequence for sequence, _ in own),
                journey.moved_back,
                steps.get((booking.pnr, journey.number), ()),
            )
        )
    return found


def after(fact: BookingFact) -> tuple[Leg, ...]:
    """The trip that the fact leaves the party with."""
    return () if isinstance(fact, BookingStranded) else fact.after


def steps_of(streams: Streams) -> Steps:
    """Every journey's facts in their order, also of a journey that its booking does not have any more."""
    found: dict[JourneyKey, list[Step]] = {}
    for sequence, fact in streams.facts:
        step = Step(sequence, fact.id, fact.follows, fact.before, after(fact))
        found.setdefault((fact.pnr, fact.journey), []).append(step)
    for sequence, change in streams.amended:
        for journey in change.journeys if not isinstance(change, BookingContradicted) else ():
            step = Step(sequence, change.id, journey.follows, journey.before, journey.after, is_amendment=True)
            found.setdefault((change.pnr, journey.number), []).append(step)
    return {key: tuple(sorted(steps, key=lambda step: step.sequence)) for key, steps in found.items()}


def broken_chain(steps: Sequence[Step], *, whole: bool) -> Iterator[str]:
    """Facts that are no chain, each naming the one before it and beginning with its trip."""
    if whole and steps and steps[0].follows:
        yield f"was never informed of {steps[0].follows}, which {steps[0].id} follows"
    for before, step in pairwise(steps):
        if step.follows != before.id:
            yield f"{step.id} follows {step.follows or 'nothing'}, and comes after {before.id}"
        if as_written(step.before) != as_written(before.after):
            yield f"had other flights before {step.id} than after {before.id}"


def as_written(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """What a letter says of the legs."""
    return tuple(replace(leg, answered=0) for leg in legs)
