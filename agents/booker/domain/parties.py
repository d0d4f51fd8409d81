"""Whether an imported party is plausible: seats for its passengers, a fare, and a contact that a letter can be sent to."""

from contextlib import suppress

from msgspec import structs

from contracts.contacts import deliverable
from contracts.ledger import Party
from contracts.money import money_fault


def addressed(party: Party) -> Party:
    """The party with its contact as letters are addressed to it. One that no letter can reach is left as it came."""
    with suppress(ValueError):
        return structs.replace(party, contact=deliverable(party.contact))
    return party


def party_fault(party: Party) -> str | None:
    """Get what is wrong with the party in one line, or None.

    Every passenger needs a seat, except one infant on the lap of each passenger with a seat (14 CFR 121.311(b)), which an INFT
    declares. More seats than passengers need an EXST or a STCR. A party may have no contact: then no letter can reach it.
    """
    passengers, seats = party.passengers, party.seats
    if passengers < 1 or seats < 1:
        return f"a party needs at least one passenger and one seat: it has {passengers} and {seats}"
    if passengers > seats * (2 if "INFT" in party.ssrs else 1):
        return (
            f"{_count(passengers, 'passenger')} cannot share {_count(seats, 'seat')}: only infants on a lap (INFT), one for "
            "each seat, need none"
        )
    if seats > passengers and not {"EXST", "STCR"}.intersection(party.ssrs):
        return (
            f"{_count(passengers, 'passenger')} cannot need {_count(seats, 'seat')} without EXST (an extra seat) or STCR "
            "(a stretcher)"
        )
    if fault := next(filter(None, (money_fault(item.price) for item in party.paid)), None):
        return fault
    return _contact_fault(party.contact)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _contact_fault(contact: str) -> str | None:
    if contact:
        try:
            deliverable(contact)
        except ValueError as failure:
            return f"the contact {failure}"
    return None
