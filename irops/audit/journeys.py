"""Each journey as the checks look at it: the party, what was sold, what it flies now, and the facts about it in order."""

from dataclasses import dataclass

from contracts.ledger import BookingFact, BookingStranded, JourneyKey, JourneyState, Leg, Party, Ticket
from contracts.names import Id, Pnr
from irops.audit.people import travels_alone
from irops.audit.streams import Streams, named


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

    @property
    def key(self) -> JourneyKey:
        return self.pnr, self.number


def journeys_of(streams: Streams) -> list[PartyJourney]:
    """Every journey of every booking; those of a booking follow one another in order of travel."""
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
            )
        )
    return found


def after(fact: BookingFact) -> tuple[Leg, ...]:
    """The trip that the fact leaves the party with."""
    return () if isinstance(fact, BookingStranded) else fact.after
