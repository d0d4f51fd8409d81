"""What facts say of seats by number, against the ledger and each other."""

from dataclasses import replace as but

from msgspec.structs import replace

from contracts.layouts import SeatNumber
from contracts.ledger import Reseated, SeatsReassigned
from contracts.reservations import BookingAmended, PartySummary
from irops.audit import Streams
from irops.audit.seats_informed import Informed
from tests.irops.audit.audit_world import LATE, NOW, sound

WORLD = sound()
"""K is on LATE."""
TWO = ("12A", "12B")


def amended(*numbers: SeatNumber) -> BookingAmended:
    return BookingAmended(
        pnr="K", id="v1", version=1, after=PartySummary(passengers=2, seats=2), seats={LATE: numbers}, decided_at=NOW
    )


def seated(*numbers: SeatNumber, fact: BookingAmended) -> Streams:
    """K in these seats, after the reservation system's word."""
    return but(
        WORLD,
        seats={**WORLD.seats, LATE: replace(WORLD.seats[LATE], numbers={"K": numbers})},
        amended=[(1000, fact)],
    )


def test_an_amended_booking_sits_where_its_fact_says() -> None:
    """The reservation system's word is the last that there is about its seats."""
    assert list(Informed(seated(*TWO, fact=amended(*TWO))).at_last()) == []
    assert list(Informed(seated("14C", "14D", fact=amended(*TWO))).at_last()) == [
        f"K has ('14C', '14D') on {LATE}, and was last informed of {TWO}"
    ]


def test_what_comes_after_an_amendment_goes_on_from_it() -> None:
    """Seats that are given out again were those that the amendment left."""
    streams = seated("3A", "3B", fact=amended(*TWO))
    again = SeatsReassigned(
        flight=LATE, n=1, cause="aircraft", layout="new", parties=(Reseated("K", ("9A", "9B"), ("3A", "3B")),)
    )
    assert Informed(but(streams, reassigned=[(1001, again)])).wrong == [
        f"K had ('9A', '9B') on {LATE} by change 1 of {LATE}, and {TWO} by what came before"
    ]
