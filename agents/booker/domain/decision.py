"""What a group of plans comes to, as plain data: one atomic commit."""

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from agents.booker.domain.offering import Reply
from contracts.ledger import Booking, BookingFact, JourneyAffected, JourneyKey, SeatLedger, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey, Pnr
from contracts.offers import AnswerRefused, Offer, TripOffered
from contracts.plans import PlanProposed, PlanRefused
from contracts.reservations import BookingContradicted

T = TypeVar("T")


class Planned(NamedTuple, Generic[T]):
    """A plan, and what identifies it for the caller: its delivery, an index."""

    plan: PlanProposed
    token: T
    order: int = 0
    """The place of the plan among all: its PLANS sequence."""
    reply: Reply | None = None
    """What it replies to, where it makes the outcome of an offer."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """One atomic commit as plain data. Each token is in `facts` once, twice where what it says is contradicted too, or in
    `done` or `aside`."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    """Flights to write, each at the revision it was loaded at."""
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    """Bookings to write, in the same way."""
    waiting: dict[JourneyKey, WaitlistEntry | None] = field(default_factory=dict)
    """Waitlist entries to write, or to remove (None)."""
    offers: dict[JourneyKey, Offer | None] = field(default_factory=dict)
    """Offers to write, or to remove (None)."""
    facts: list[tuple[T, BookingFact | TripOffered | AnswerRefused | BookingContradicted | PlanRefused]] = field(
        default_factory=list
    )
    freed: list[tuple[T, SeatsFreed]] = field(default_factory=list)
    """At most one per flight, with the last cause that released seats there."""
    affected: list[tuple[T, JourneyAffected]] = field(default_factory=list)
    """Journeys that have to be planned because the one before them has changed."""
    by: dict[FlightKey, T] = field(default_factory=dict)
    """The last cause that gave or took seats on each flight, or connects it otherwise."""
    read: set[FlightKey] = field(default_factory=set)
    """Flights that the decision rests on and does not change: to be guarded at the revisions they were loaded at."""
    done: list[T] = field(default_factory=list)
    """Plans that change nothing: committed, refused or put aside before, stranding a stranded party, or for a forgotten one."""
    aside: dict[JourneyKey, T] = field(default_factory=dict)
    """Journeys of plans that a brake has stopped (`Braking.changed`)."""
