"""What requests have changed beside the trip, where the reservation system has its next word.

| its word about bags, insurance or a passenger's name | outcome |
|---|---|
| none, or as it had it before | it stays as the request has made it, and so does what was paid |
| as the request has made it | it knows; from then on its word holds |
| anything else | contradicted: a person decides |

A name is compared with that of the passenger with the same id; one who is not there any more has none.
What was paid by requests, and the fare family that it was paid for, is kept as long as they repeat what was paid before; any
other word about that holds.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import structs

from contracts.ledger import BeforeRequests, Booking
from contracts.passengers import Passenger, PassengerId
from contracts.sales import Sale

T = TypeVar("T")
_NO_SALE = Sale()


class SaidOtherwise(Exception):
    """It has become something else there and here, in one line."""


def with_requested(merged: Booking, ours: Booking) -> Booking:
    """Their booking with what requests have changed beside the trip of ours; sold as ours where they do not say how. Raises
    `SaidOtherwise`."""
    before, had, theirs = ours.before_requests, ours.sale or _NO_SALE, merged.sale or _NO_SALE
    sale = merged.sale or ours.sale
    if before == BeforeRequests():
        return structs.replace(merged, sale=sale, before_requests=before)
    still = BeforeRequests(
        bags=_still("bags", before.bags, has=had.bags, says=theirs.bags),
        insurance=_still("insurance", before.insurance, has=had.insurance, says=theirs.insurance),
        names=dict(_still_named(ours, merged.passengers)),
        paid=before.paid if merged.party.paid == before.paid else None,
    )
    if still == BeforeRequests():
        return structs.replace(merged, sale=sale, before_requests=still)
    if sale is not None:
        sale = structs.replace(
            sale,
            bags=sale.bags if still.bags is None else had.bags,
            insurance=sale.insurance if still.insurance is None else had.insurance,
            family=sale.family if still.paid is None else had.family,
            paid_with=had.paid_with,
        )
    party = structs.replace(merged.party, paid=ours.party.paid)
    named = {each.id: each.name for each in ours.passengers if each.id in still.names}
    people = tuple(structs.replace(each, name=named.get(each.id, each.name)) for each in merged.passengers)
    return structs.replace(merged, party=party, passengers=people, sale=sale, before_requests=still)


def _still_named(ours: Booking, theirs: Sequence[Passenger]) -> Iterator[tuple[PassengerId, str]]:
    has = {passenger.id: passenger.name for passenger in ours.passengers}
    for place, passenger in enumerate(theirs, start=1):
        before = ours.before_requests.names.get(passenger.id)
        if before is None or passenger.name == has.get(passenger.id):
            continue
        if passenger.name not in ("", before):
            raise SaidOtherwise(f"passenger {place} has another name than before and than the party has asked for")
        yield passenger.id, before


def _still(what: str, before: T | None, *, has: T | None, says: T | None) -> T | None:
    """What they had before a request changed it, where they do not know yet."""
    if before is None or says == has:
        return None
    if says is not None and says != before:
        raise SaidOtherwise(f"{what} become {says}, and the party has asked for {has}")
    return before
