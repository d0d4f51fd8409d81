"""The audit's input: the last value of each state, and every fact that has not expired."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from contracts.brakes import BrakedJourney, BrakeEnded, Brakes, BrakeSet
from contracts.care import CareOwed
from contracts.fares import Fare
from contracts.flights import Flight, FlightChanged, FlightDoubted, FlightStatus
from contracts.layouts import Layout, LayoutName
from contracts.ledger import (
    Booking,
    BookingFact,
    Journey,
    JourneyKey,
    SeatLedger,
    SeatsDisrupted,
    SeatsReassigned,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.offers import AnswerRefused, Offer, OfferAnswered, TripOffered
from contracts.plans import PlanRefused
from contracts.requests import PaymentDue, Quote, RequestDone, RequestMade, RequestRefused
from contracts.reservations import BookingAmended, BookingContradicted, BookingWithdrawn, ReservationStatus
from contracts.rules import RulesAdopted, RulesInForce

ReservationFact: TypeAlias = BookingAmended | BookingWithdrawn | BookingContradicted


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The final streams, read when no work is pending."""

    flights: Mapping[FlightKey, Flight]
    """FLIGHTS: each flight as the monitor has it."""
    changes: Sequence[tuple[int, FlightChanged]] = ()
    """FLIGHTS: (stream sequence, change of a flight), in any order."""
    statuses: Sequence[tuple[int, FlightStatus]] = ()
    """FEED: (stream sequence, what a feed reported), while the stream keeps it."""
    came_at: Mapping[int, datetime] = field(default_factory=dict)
    """FEED: event time at which the status of each sequence came, as far as it is known."""
    doubted: Sequence[FlightDoubted] = ()
    """FLIGHTS: what the monitor does not believe."""
    seats: Mapping[FlightKey, SeatLedger]
    """LEDGER: each flight's seats as the booker has them."""
    bookings: Mapping[Pnr, Booking]
    """LEDGER: each party and its trip."""
    written: Mapping[Pnr, int] = field(default_factory=dict)
    """LEDGER: stream sequence at which each booking was last written, as far as it is known."""
    waiting: Mapping[JourneyKey, WaitlistEntry] = field(default_factory=dict)
    """LEDGER: where each party waits for a stranded journey."""
    expired: Set[Pnr] = frozenset()
    """Parties whose booking was written so long ago that the facts committed with it have expired, or may have."""
    whole: bool = False
    """No fact has expired: nothing that was read is as old as that."""
    unreadable: Sequence[str] = ()
    """Messages of these streams that are not of their type, and so in none of the fields: where each is, and why."""
    redacted: bool = False
    """A party has been forgotten: facts that named it beside others were written again, with later sequences."""
    facts: Sequence[tuple[int, BookingFact]] = ()
    """LEDGER: (stream sequence, fact about a booking), in any order."""
    adopted: Sequence[tuple[int, RulesAdopted]] = ()
    """LEDGER: (stream sequence, set of rules that came into force), in any order."""
    in_force: Sequence[RulesInForce] = ()
    """LEDGER: the set in force, if there is one."""
    brakes: Sequence[tuple[int, BrakeSet]] = ()
    """LEDGER: (stream sequence, brake that came into force), in any order."""
    brakes_ended: Sequence[tuple[int, BrakeEnded]] = ()
    """LEDGER: (stream sequence, end of a brake), in any order."""
    brakes_in_force: Sequence[Brakes] = ()
    """LEDGER: those in force, if any was ever set."""
    braked: Mapping[JourneyKey, BrakedJourney] = field(default_factory=dict)
    """LEDGER: the journeys that wait for a brake."""
    amended: Sequence[tuple[int, ReservationFact]] = ()
    """LEDGER: (stream sequence, what became of a version of the reservation system's), in any order."""
    reservations: Sequence[tuple[int, ReservationStatus]] = ()
    """FEED: (stream sequence, what the reservation system reported of a booking), while the stream keeps it."""
    quotes: Mapping[tuple[Pnr, Id], Quote] = field(default_factory=dict)
    """LEDGER: each quote as it is now, by PNR and id, while it is kept."""
    requests: Sequence[RequestMade] = ()
    """REQUESTS: what was asked of the booker, while the stream keeps it."""
    answered: Sequence[tuple[int, RequestDone | RequestRefused]] = ()
    """LEDGER: (stream sequence, what became of a request), in any order."""
    payments: Sequence[PaymentDue] = ()
    """LEDGER: what is to be charged or given back."""
    offers: Mapping[JourneyKey, Offer] = field(default_factory=dict)
    """LEDGER: each journey's open offer."""
    offered: Sequence[tuple[int, TripOffered]] = ()
    """LEDGER: (stream sequence, offer that was made), in any order."""
    withdrawn: Sequence[tuple[int, PlanRefused]] = ()
    """LEDGER: (stream sequence, end of an offer that did not hold any more), in any order; a refusal has the offer's id."""
    replies: Sequence[OfferAnswered] = ()
    """REQUESTS: what was answered to offers, while the stream keeps it."""
    replies_refused: Sequence[tuple[int, AnswerRefused]] = ()
    """LEDGER: (stream sequence, answer to an offer that has changed nothing), in any order."""
    disrupted: Sequence[tuple[int, SeatsDisrupted]] = ()
    """LEDGER: (stream sequence, disruption), in any order."""
    reassigned: Sequence[tuple[int, SeatsReassigned]] = ()
    """LEDGER: (stream sequence, seats of a flight that were given out again), in any order."""
    layouts: Mapping[LayoutName, Layout] = field(default_factory=dict)
    """LAYOUTS: the seats of each layout."""
    sent: Sequence[NoticeSent] = ()
    """NOTICES."""
    superseded: Sequence[NoticeSuperseded] = ()
    """NOTICES."""
    pointless: Sequence[NoticePointless] = ()
    """NOTICES."""
    failed: Sequence[NoticeFailed] = ()
    """NOTICES."""
    written_in_shadow: Set[str] = frozenset()
    """Subjects of the messages that agents of a shadow have written."""
    is_shadow: bool = False
    """Whether this system is a shadow."""
    fares: Mapping[FlightKey, Fare] = field(default_factory=dict)
    """FARES: each flight's open fares."""
    fares_on_their_way: Set[FlightKey] = frozenset()
    """Flights whose seats were written a moment before they were read, and whose fare rests on earlier ones."""
    care: Mapping[JourneyKey, CareOwed] = field(default_factory=dict)
    """CARE: what is owed for each journey, by the last that was published."""
    now: datetime
    """Event time at which the streams were read."""
    horizon: datetime
    """No trip departs after this: there are no flights to book beyond it."""

    def journeys(self) -> Iterator[tuple[Booking, Journey]]:
        """Every journey, with its booking."""
        return ((booking, journey) for booking in self.bookings.values() for journey in booking.journeys)


def named(booking: Booking, journey: Journey) -> str:
    """The journey in a finding: its PNR, with its number where the booking has others."""
    return booking.pnr if len(booking.journeys) == 1 else f"{booking.pnr} journey {journey.number}"
