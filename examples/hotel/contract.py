"""What the hotel agent puts on the bus: vouchers, and the last night each party has a room for."""

from datetime import date

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Airport, Id, Pnr
from contracts.streams import Stream
from contracts.subject import Subject


class HotelStay(Struct, frozen=True, kw_only=True):
    """The last night a party has a room for, and where."""

    pnr: Pnr
    airport: Airport
    night: date


class VoucherIssued(Struct, frozen=True, kw_only=True):
    """Rooms for one night near the airport where the party waits."""

    pnr: Pnr
    id: Id
    """The id of the `BookingStranded` that caused it."""
    airport: Airport
    night: date
    """The local date on which the night begins."""
    rooms: int
    usd: int
    """What the hotel may charge for all rooms, whole US dollars."""
    issued_at: Instant


STREAM = Stream("HOTEL", ("hotel.>",), "hotel vouchers, and who has a room for which night")

STAY = Subject("hotel.stay.{pnr}", HotelStay, STREAM.name)
"""hotel -> itself"""
VOUCHER = Subject("hotel.voucher.{pnr}.{id}", VoucherIssued, STREAM.name)
"""hotel -> anyone"""
