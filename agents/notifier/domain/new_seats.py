"""A notice of other seats on a flight: another aircraft flies it. The trip and the booking are as they were.

It shows the seats that the party has now and none from before: the party may know those of an earlier fact, and all of them are
out of date.
"""

from msgspec import Struct, structs

from agents.notifier.domain.known import Known, Progress, Whereabouts
from agents.notifier.domain.letter import NoLetter
from contracts.ledger import Booking, Leg, Reseated, SeatLedger, SeatsReassigned
from contracts.names import Pnr


class NewSeats(Struct, frozen=True, kw_only=True):
    """What the letter has to say, before any language. The template sees this and nothing else."""

    pnr: Pnr
    reference: str
    """What the party knows its booking by."""
    leg: Leg
    """With the seats that the party has now; without any where no number can be given yet."""
    where: Whereabouts
    """Where the reader is."""


def notified(fact: SeatsReassigned) -> tuple[Reseated, ...]:
    """The parties that have a notice: all whose seats another aircraft changes. Those who get numbers for the first time have
    none: no letter has shown them others."""
    return () if fact.cause == "numbered" else fact.parties


def is_latest(party: Reseated, ledger: SeatLedger) -> bool:
    """Whether the party has these seats now, and does not have to get off."""
    is_there = party.pnr in ledger.holders and party.pnr not in ledger.offloaded
    return is_there and ledger.numbers.get(party.pnr, ()) == party.after


def new_seats(party: Reseated, booking: Booking, ledger: SeatLedger, known: Known) -> NewSeats | NoLetter:
    """What to write to a party, if anything: superseded where it has got other seats since or gives up the flight, pointless
    where the flight has left, or where the party waits and does not know yet whether it will be on it."""
    if not is_latest(party, ledger):
        return "superseded"
    leg = next((leg for leg in booking.all_legs if leg.flight == ledger.flight), None)
    if leg is None or ledger.phase == "cancelled" or not known.is_ahead(leg):
        return "pointless"
    journey = next(journey for journey in booking.journeys if leg in journey.legs)
    leg = structs.replace(known.shown(leg), seats=party.after, sold_as=journey.number_bought(leg.flight))
    flown = known.progress(journey.legs).flown
    where = known.where(Progress(flown=flown, flying=None, ahead=(leg,)))
    return NewSeats(pnr=booking.pnr, reference=booking.reference, leg=leg, where=where)
