"""How a booking was sold: what fare rules ask of it beyond who travels and on which flights.

Nothing here names a person. An instrument is an id that its owner's systems know, and never the number of a card.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contracts.fares import Family
from contracts.flights import Instant
from contracts.money import Money

Bags = Annotated[int, Meta(ge=0, le=1000, description="a number of bags")]
InstrumentId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)",
        description="a means of payment's id of letters, digits, - and _, at most 40",
    ),
]
"""Opaque: as the system that takes the money knows it."""
InstrumentKind = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9_]{1,40}$(?!\n)",
        description="a kind of means of payment, as its carrier's fare rules name it",
        examples=["credit_card"],
    ),
]


class Instrument(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A means of payment of the customer's."""

    id: InstrumentId
    kind: InstrumentKind
    amount: Money | None = None
    """What it paid, or the balance that it has; None: as much as is needed, as of a credit card."""


class Sale(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The terms of a booking, as far as they are known. What is not known is asked for only where a rule depends on it."""

    booked_at: Instant | None = None
    family: Family | None = None
    """The fare family of all its flights; None: not known, or not one."""
    insurance: bool | None = None
    bags: Bags | None = None
    """How many bags may be checked, for the whole party."""
    channel: str = ""
    """Where it was sold."""
    paid_with: tuple[Instrument, ...] = ()
    """What paid for it, each with its amount; empty: not known."""
