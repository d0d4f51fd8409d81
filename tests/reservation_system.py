"""What a reservation system reports of a booking."""

from typing import Any

from msgspec import structs

from contracts.ledger import Booking
from contracts.names import Pnr
from contracts.reservations import ReservationStatus


def whole(booking: Booking, version: int = 1, **party: Any) -> ReservationStatus:
    """The booking as it has it, with these fields of the party changed."""
    changed = structs.replace(booking, party=structs.replace(booking.party, **party))
    return ReservationStatus(pnr=booking.pnr, version=version, booking=changed)


def withdrawn(pnr: Pnr = "A", version: int = 1) -> ReservationStatus:
    """It has the booking no more."""
    return ReservationStatus(pnr=pnr, version=version, withdrawn=True)
