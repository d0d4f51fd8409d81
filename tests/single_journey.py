"""Bookings of one journey, as most tests want them."""

from typing import Any

from msgspec import structs

from contracts.ledger import Booking, Journey, JourneyState, Leg, Party, Ticket
from contracts.names import Id, Pnr


def single(
    pnr: Pnr,
    party: Party,
    *,
    ticket: Ticket,
    legs: tuple[Leg, ...],
    state: JourneyState = "ticketed",
    last_fact: Id = "",
) -> Booking:
    """A booking of one journey."""
    journey = Journey(ticket=ticket, legs=legs, state=state, last_fact=last_fact)
    return Booking(pnr=pnr, party=party, journeys=(journey,))


def journey_of(booking: Booking) -> Journey:
    """The journey of a booking that has one."""
    (journey,) = booking.journeys
    return journey


def altered(booking: Booking, **fields: Any) -> Booking:
    """The booking with other values for these fields of its one journey, or for its party."""
    party = fields.pop("party", booking.party)
    return structs.replace(booking.replacing(structs.replace(journey_of(booking), **fields)), party=party)
