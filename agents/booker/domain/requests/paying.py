"""What was paid for a booking, once a request is carried out at its price. To the cent: what was paid before, less what is
given up, and with what is charged for a change.

What is charged for the difference to a dearer fare becomes fare. All else that is charged for a trip is the carrier's
(`carrier_charge`), and what is charged for bags or insurance is ancillary.
Where nothing is known to pay yet, it is not known any more what paid. What a cancellation costs is for nothing that is left.
"""

from decimal import Decimal

from msgspec import structs

from contracts.ledger import Booking
from contracts.money import Money, PaidItem, PaidKind
from contracts.requests import Price, Quote
from contracts.sales import Instrument
from policy.amounts import Price as Written
from policy.fares import Answer

_NOTHING = Decimal(0)


def paid_for_less(merged: Booking, agreed: Quote) -> Booking:
    """The booking once journeys are given up by the price that was agreed to. Its items are those of what it has left."""
    sale = merged.sale
    if sale is None or not sale.paid_with:
        return merged
    return structs.replace(merged, sale=structs.replace(sale, paid_with=_paid_with(sale.paid_with, agreed, ("kept",))))


def paid_for_change(merged: Booking, agreed: Quote, changed: set[int]) -> Booking:
    """The booking as it is paid for by the price that was agreed to, journeys of it being `changed`."""
    sale = merged.sale
    whole = changed == {each.number for each in merged.journeys}
    paid = _of_changed(merged.party.paid, agreed, changed, whole=whole)
    if sale is not None and agreed.new_family is not None:
        sale = structs.replace(sale, family=agreed.new_family)
    return _paid_now(_with_items(structs.replace(merged, sale=sale), paid), agreed)


def paid_beside_trips(merged: Booking, agreed: Quote, kind: PaidKind) -> Booking:
    """The booking with what is charged, as an item of this kind for all its journeys, and less ancillaries by what is given
    up."""
    price, items = agreed.price, merged.party.paid
    if price.gives_up and price.gives_up.amount:
        others = tuple(item for item in items if not _is_ancillary_of_all(item))
        left = sum((item.price.amount for item in items if _is_ancillary_of_all(item)), -price.gives_up.amount)
        rest = Money(amount=left, currency=price.gives_up.currency)
        items = (*others, PaidItem(kind="ancillary", price=rest)) if left else others
    if (charged := _total(price)) is not None and charged.amount:
        items = (*items, PaidItem(kind=kind, price=charged))
    return _paid_now(_with_items(merged, items), agreed)


def more_than_ancillaries(answer: Answer, booking: Booking) -> str:
    """Why a person has to look at what is given up: it was not paid for ancillaries. Empty: it was."""
    up = answer.gives_up
    paid = [item.price for item in booking.party.paid if _is_ancillary_of_all(item)]
    if up is None or not up.amount:
        return ""
    if any(money.currency != up.currency for money in paid) or sum(money.amount for money in paid) < up.amount:
        return "more would be given up than was paid for what is no flight"
    return ""


def _is_ancillary_of_all(item: PaidItem) -> bool:
    return item.kind == "ancillary" and item.journey is None


def _paid_now(booking: Booking, agreed: Quote) -> Booking:
    """The booking as instruments have paid for it, with what is charged now."""
    sale = booking.sale
    if sale is None or not sale.paid_with:
        return booking
    is_due = agreed.price.due is not None
    paid_with = () if is_due else _paid_with(sale.paid_with, agreed, ("kept", "charged"))
    return structs.replace(booking, sale=structs.replace(sale, paid_with=paid_with))


def paid_for_seats(merged: Booking, agreed: Quote, journeys: frozenset[int]) -> Booking:
    """The booking with what is charged for seats on these journeys."""
    if (charged := _total(agreed.price)) is not None and charged.amount:
        number = next(iter(journeys)) if len(journeys) == 1 else None
        item = PaidItem(kind="ancillary", price=charged, journey=number)
        merged = _with_items(merged, (*merged.party.paid, item))
    return _paid_now(merged, agreed)


def _with_items(merged: Booking, paid: tuple[PaidItem, ...]) -> Booking:
    """The booking with these as what was paid, and what was paid before requests changed that."""
    before, had = merged.before_requests, merged.party.paid
    if paid == had:
        return merged
    if before.paid is None:
        before = structs.replace(before, paid=had)
    return structs.replace(merged, party=structs.replace(merged.party, paid=paid), before_requests=before)


def _charged_for_fare(agreed: Quote) -> Decimal:
    """What of the charges is the difference to a dearer fare."""
    new, old = (_fact(agreed, name) for name in ("new_price", "old_price"))
    charged = _total(agreed.price)
    if charged is None or new is None or old is None or len({charged.currency, new.currency, old.currency}) > 1:
        return _NOTHING
    return min(charged.amount, max(_NOTHING, new.amount - old.amount))


def _of_changed(items: tuple[PaidItem, ...], agreed: Quote, changed: set[int], *, whole: bool) -> tuple[PaidItem, ...]:
    fares = [item for item in items if _is_fare_of(item, changed, whole=whole)]
    others = tuple(item for item in items if not _is_fare_of(item, changed, whole=whole))
    number = next(iter(changed)) if len(changed) == 1 else None
    price, charged = agreed.price, _total(agreed.price)
    difference = _charged_for_fare(agreed)
    up = price.gives_up.amount if price.gives_up else _NOTHING
    if fares and (difference or up):
        currency = fares[0].price.currency
        total = sum((item.price.amount for item in fares), _NOTHING) - up + difference
        fares = [PaidItem(kind="fare", price=Money(amount=total, currency=currency), journey=number)]
    if charged is not None and charged.amount > difference:
        fee = Money(amount=charged.amount - difference, currency=charged.currency)
        others = (*others, PaidItem(kind="carrier_charge", price=fee, journey=number))
    return (*fares, *others)


def _is_fare_of(item: PaidItem, changed: set[int], *, whole: bool) -> bool:
    return item.kind == "fare" and (item.journey in changed or (item.journey is None and whole))


def _paid_with(paid_with: tuple[Instrument, ...], agreed: Quote, what: tuple[str, ...]) -> tuple[Instrument, ...]:
    kinds = {one.id: one.kind for one in (*agreed.asked.pay_with, *paid_with)}
    amounts: dict[str, Money] = {}
    for each in agreed.price.movements:
        if each.what in what:
            before = amounts.get(each.instrument)
            more = each.money.amount + (before.amount if before else _NOTHING)
            amounts[each.instrument] = Money(amount=more, currency=each.money.currency)
    return tuple(Instrument(id=id_, kind=kinds[id_], amount=amount) for id_, amount in amounts.items())


def _total(price: Price) -> Money | None:
    if not price.charges:
        return None
    amount = sum((part.money.amount for part in price.charges), _NOTHING)
    return Money(amount=amount, currency=price.charges[0].money.currency)


def _fact(agreed: Quote, name: str) -> Money | None:
    written = agreed.facts.get(name)
    return Written.parse(written).money if written else None
