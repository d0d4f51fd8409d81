"""The reservation system's word about bookings, and what became of it.

Any reservation system says `ReservationStatus`: the whole booking as it has it, or that it is withdrawn. The booker applies it,
and says what changed; or changes nothing and says why, where it contradicts what irops has done meanwhile or cannot be held.
The reservation system writes to passengers about its own changes: no letter of irops is about one.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.flights import Instant
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, Language, Leg, Mark
from contracts.names import FlightKey, Id, Pnr
from contracts.subject import Subject

Contradiction = Literal[
    "moved", "under way", "no seats", "impossible", "unknown", "not conserved", "parted", "requested", "answered"
]
"""`moved`: irops has given a journey another trip meanwhile. `under way`: what it would change is being flown, or has been.
`impossible`: such a booking is refused at import too. `unknown`: a booking is withdrawn that irops does not have.
`not conserved`: after a split there are more or fewer people, seats, services or money than before. `parted`: a split takes a
minor or an infant from those they travel with. `requested`: the party has changed by a request, other than its trip, what this
would change otherwise. `answered`: the reservation system has confirmed a trip that irops had offered, or refused it, and the
party is not as it says."""
Version = Annotated[int, Meta(ge=1, description="a version number, 1 or more", examples=[3])]
"""The reservation system's own: of two statuses of a booking the higher one holds, whatever the order of arrival."""


class SplitFrom(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The booking that some of its passengers have left for one of their own: what is left of it."""

    pnr: Pnr
    version: Version
    """Its first version without them."""
    booking: Booking
    """The whole of it. No journey is another than before, in neither of the two."""


class ReservationStatus(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A booking as the reservation system has it: `booking`, or `withdrawn`, and never both."""

    pnr: Pnr
    version: Version
    withdrawn: bool = False
    booking: Booking | None = None
    """Of its journeys only number, ticket and legs count; of a leg, what counts in an imported one."""
    offer: Id = ""
    """The offer (`contracts.offers`) of which this version has a trip, if it is an answer to one: the trip is taken with the
    seats that are kept for it."""
    split_from: SplitFrom | None = None
    """This version is the first one of a booking that was split from another. One message has both halves, so that no one is in
    both or in neither, and no seat is free in between. Later versions of the two have none."""

    @property
    def bookings(self) -> tuple[Booking, ...]:
        """Those that it has."""
        left = (self.split_from.booking,) if self.split_from else ()
        return (*left, self.booking) if self.booking else left


class PartySummary(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a fact says of a party."""

    passengers: int
    seats: int
    language: Language = ""
    contact: str = ""


class AmendedJourney(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A journey with other flights than before: a new one has none before, and one that is given up none after."""

    number: int
    before: tuple[Leg, ...] = ()
    after: tuple[Leg, ...] = ()
    follows: Id = ""
    """The fact about this journey before this one; empty if there was none."""


class BookingAmended(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The booking is as the reservation system has it, except for journeys that irops has moved and about which this version
    says nothing new. A version that says nothing new at all has this fact too. Or a request has changed it (`request`)."""

    pnr: Pnr
    id: Id
    """Derived from PNR and version; or the request's."""
    version: int
    """The reservation system's last; a request leaves it as it is."""
    before: PartySummary | None = None
    """None: irops did not have the booking, or it was withdrawn."""
    after: PartySummary
    changed: tuple[str, ...] = ()
    """The fields of the party that have other values than before; `people` and `coupons` for those of its passengers, `sale`
    for how it was sold, `compensated`."""
    journeys: tuple[AmendedJourney, ...] = ()
    """Those with other flights than before; this is the last fact about each."""
    follows: Id = ""
    """Of a booking that was split from another: the fact about that one, by the same split. Its journeys, and the facts about
    them until then, are the other's."""
    marks: tuple[Mark, ...] = ()
    """Why a person should look at what this version has made of the party."""
    seats: dict[FlightKey, tuple[SeatNumber, ...]] = {}
    """Its seats by number as this version leaves them, on each of its flights that gives them out."""
    decided_at: Instant
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by; 0: decided before there were any."""
    request: bool = False
    """A request has changed the booking, and no version of the reservation system's."""


class BookingWithdrawn(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The booking has no journeys any more: its seats are free, and it waits for none. The reservation system says so, or the
    party has asked for it (`request`)."""

    pnr: Pnr
    id: Id
    """Derived from PNR and version; or the request's."""
    version: int
    """As of `BookingAmended`."""
    journeys: tuple[AmendedJourney, ...] = ()
    """Those that it had."""
    decided_at: Instant
    rules: int = 0
    """As of `BookingAmended`."""
    request: bool = False
    """As of `BookingAmended`."""


class BookingContradicted(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """This version was not applied, in no part: a person has to decide, and correct it in the reservation system, whose next
    version is decided as any other. Or an answer of the reservation system's to an offer was refused (`answer`), and the party
    is on another trip there than here: its next version settles that."""

    pnr: Pnr
    id: Id
    """Derived from PNR and version; or from PNR and answer."""
    version: int
    """With an `answer`: the last one that was decided; 0: none."""
    answer: Id = ""
    """The answer to an offer that this is about (`AnswerRefused` says why it was refused); empty: it is about the version."""
    reason: Contradiction
    detail: str
    """In one line, without what passengers wrote and where they are reached."""
    decided_at: Instant
    rules: int = 0
    """As of `BookingAmended`."""


def incoherent(status: ReservationStatus) -> str | None:
    """Why the status is none, in one line; None if it is one."""
    if status.withdrawn == (status.booking is not None):
        return "a status has a booking or is withdrawn: this has both" if status.withdrawn else (
            "a status has a booking or is withdrawn: this has neither"
        )  # fmt: skip
    if status.booking is not None and status.booking.pnr != status.pnr:
        return "its booking has another PNR"
    if split := status.split_from:
        if status.withdrawn:
            return "it is withdrawn and split from another"
        if split.pnr == status.pnr:
            return "it is split from itself"
        if split.booking.pnr != split.pnr:
            return "the booking that it is split from has another PNR"
    return None


RESERVATION_STATUS = Subject("feed.reservation.{pnr}", ReservationStatus, "FEED")
"""reservation system -> booker"""
BOOKING_AMENDED = Subject("booking.amended.{pnr}.{id}", BookingAmended, "LEDGER")
"""booker -> planner, anyone"""
BOOKING_WITHDRAWN = Subject("booking.withdrawn.{pnr}.{id}", BookingWithdrawn, "LEDGER")
"""booker -> anyone"""
BOOKING_CONTRADICTED = Subject("booking.contradicted.{pnr}.{id}", BookingContradicted, "LEDGER")
"""booker -> anyone: a person has to decide"""
