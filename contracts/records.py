"""The record of a booking in the system it comes from, and the one PNR that follows from it.

A locator is given to another booking a year later, and another airline may give the same one today. So the key is carrier,
locator and the day on which the record was made. Letters show the locator, which the party knows; all else has the key.
"""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from contracts.airlines import iata_of
from contracts.names import Carrier, Pnr

Locator = Annotated[
    str,
    Meta(pattern=r"^[A-Z0-9]{5,8}$(?!\n)", description="a record locator: five to eight capital letters and digits"),
]
"""As the airline gave it to the party: `QX7K2M`."""


class Record(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A booking's record."""

    carrier: Carrier
    """Whose system made it."""
    locator: Locator
    created_on: Annotated[date, Meta(description="a date", examples=["2013-01-17"])]
    """The carrier's own date."""


def canonical_record(record: Record) -> Record:
    """The record under the IATA designator of a carrier that has one."""
    return Record(
        carrier=iata_of().get(record.carrier, record.carrier), locator=record.locator, created_on=record.created_on
    )


def pnr_of(record: Record) -> Pnr:
    """The key of the record's booking: `DL-QX7K2M-20130117`."""
    known = canonical_record(record)
    return f"{known.carrier}-{known.locator}-{known.created_on.isoformat().replace('-', '')}"
