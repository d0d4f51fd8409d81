"""The audit's input: the last value of each state, and every fact that has not expired."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from contracts.flights import Flight
from contracts.ledger import (
    Booking,
    BookingFact,
    SeatLedger,
    SeatsDisrupted,
    WaitlistEntry,
)
from contracts.names import FlightKey, Pnr
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The final streams, read when no work is pending."""

    flights: Mapping[FlightKey, Flight]
    """FLIGHTS: each flight as the monitor has it."""
    seats: Mapping[FlightKey, SeatLedger]
    """LEDGER: each flight's seats as the booker has them."""
    bookings: Mapping[Pnr, Booking]
    """LEDGER: each party and its trip."""
    waiting: Mapping[Pnr, WaitlistEntry] = field(default_factory=dict)
    """LEDGER: where each stranded party waits."""
    expired: Set[Pnr] = frozenset()
    """Parties whose booking was written so long ago that the facts committed with it have expired, or may have."""
    facts: Sequence[tuple[int, BookingFact]] = ()
    """LEDGER: (stream sequence, fact about a booking), in any order."""
    disrupted: Sequence[tuple[int, SeatsDisrupted]] = ()
    """LEDGER: (stream sequence, disruption), in any order."""
    sent: Sequence[NoticeSent] = ()
    """NOTICES."""
    superseded: Sequence[NoticeSuperseded] = ()
    """NOTICES."""
    pointless: Sequence[NoticePointless] = ()
    """NOTICES."""
    failed: Sequence[NoticeFailed] = ()
    """NOTICES."""
    now: datetime
    """Event time at which the streams were read."""
    horizon: datetime
    """No trip departs after this: there are no flights to book beyond it."""
