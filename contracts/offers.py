"""Offers: a trip that is not booked until someone has agreed to it.

Rules say whose yes a plan needs (`Rules.consent`): the party's, that of a person at the desk, or that of the carrier's own
reservation system. Then the booker keeps the seats of the best trip beside the present one and asks. Nothing is given up
meanwhile. The answer, or the deadline without one, decides once.

An offer ends without an answer as soon as it does not hold any more, for a flight of it has changed: the journey is then
planned again.
"""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from contracts.flights import Instant
from contracts.ledger import Answerer, JourneyFact, Leg, Mark
from contracts.names import FlightKey, Id, Pnr
from contracts.plans import PlanProposed
from contracts.rules import Default
from contracts.subject import Subject

Answer = Literal["take", "leave"]
"""`take`: a trip of the offer is booked. `leave`: none is; the party keeps its trip if that can be flown, else it waits."""
AnswerRefusal = Literal["unknown offer", "not asked", "over", "changed", "full", "paused"]
"""`unknown offer`: none with this id is open, or it has no such trip. `not asked`: someone else is asked. `over`: it came too
late. `changed`: the trip does not hold any more. `full`: another trip of the offer has too few seats now; the first one is kept
for the party still. `paused`: a brake is on the journey."""


class Offer(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A journey's open offer; removed with its answer."""

    pnr: Pnr
    journey: int
    id: Id
    """The plan's, and that of the fact `TripOffered`."""
    answerer: Answerer
    plan: PlanProposed
    """Its options are the trips that may be chosen. Seats are kept for the first one."""
    until: Instant
    """When it is too late for an answer. Sooner, where a flight leaves earlier than was known (`closes`)."""
    default: Default
    """What is done then."""
    closes: dict[FlightKey, timedelta] = {}
    """How long before the departure of which flight it is too late: one that is offered can be sold no longer then, or the
    present trip has to be flown, or seats on it are given up."""
    made_at: Instant


class TripOffered(JourneyFact, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Someone is asked whether the party has another trip."""

    answerer: Answerer
    until: Instant
    default: Default
    trips: tuple[tuple[Leg, ...], ...]
    """The rest of the trip in each case, what was flown included, best first, at its known times."""
    options: tuple[Id, ...]
    """The ids of these trips, in their order."""
    trip_marks: tuple[tuple[Mark, ...], ...] = ()
    """The marks that each of these would have; empty: `marks` are those of the first one, and the others' are not known."""
    stands: bool
    """Whether the party can fly its present trip, and keeps it if it takes none of these."""
    after: tuple[Leg, ...] = ()
    """The present trip, at its known times. It is no answer to what has happened to its flights."""


class OfferAnswered(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Someone answers an offer."""

    pnr: Pnr
    journey: int = 1
    id: Id
    """Made by who answers; the same answer may be sent again."""
    offer: Id
    answer: Answer
    option: Id = ""
    """With `take`: the trip that is chosen; empty: the first one."""
    by: Answerer
    made_at: Instant


class AnswerRefused(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """An answer that has changed nothing. An offer that is still open stays so."""

    pnr: Pnr
    journey: int = 1
    id: Id
    """The answer's."""
    offer: Id
    refusal: AnswerRefusal
    detail: str
    """In one line."""
    decided_at: Instant
    rules: int = 0
    """Version of the rules (`RulesInForce`) in force."""


OFFER = Subject("ledger.offer.{pnr}.{journey}", Offer, "LEDGER")
"""booker -> anyone"""
TRIP_OFFERED = Subject("booking.offered.{pnr}.{id}", TripOffered, "LEDGER")
"""booker -> notifier, care, anyone"""
OFFER_ANSWERED = Subject("offer.answered.{pnr}.{id}", OfferAnswered, "REQUESTS")
"""customer -> booker"""
ANSWER_REFUSED = Subject("offer.refused.{pnr}.{id}", AnswerRefused, "LEDGER")
"""booker -> anyone"""
