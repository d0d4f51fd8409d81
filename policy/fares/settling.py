"""To which instruments an answer's amounts go. irops takes no money; what is settled is for those who do.

What a booking was paid with is divided without rest: of each instrument, what it paid is what stays in the booking, goes back
to it, becomes a credit, or is forfeited. What is given up is taken from the instruments in the order in which they are listed.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from contracts.money import Currency, Money
from policy.amounts import written
from policy.facts import BadCase
from policy.fares.answers import Answer
from policy.fares.ruleset import Ruleset

What = Literal["kept", "refunded", "credited", "forfeited", "charged", "left", "lost", "granted"]
"""Of what was paid: `kept` in the booking, `refunded` to its instrument, `credited` to another, `forfeited`. Of what pays now:
`charged`; of its balance, `left`, or `lost` where a kind's rest is. `granted`: given besides."""


class Instrument(Struct, frozen=True, kw_only=True):
    """A means of payment of the customer's."""

    id: str
    kind: str
    amount: Money | None = None
    """What it paid, or the balance that it has; None: as much as is needed, as of a credit card."""


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An amount of one instrument, and what becomes of it."""

    instrument: str
    """Its id; empty for what is granted."""
    what: What
    money: Money
    into: str = ""
    """Of what is credited or granted: the id of an instrument, or the kind of a new one."""


class Settlement(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where the amounts of an answer go. A refused one moves nothing."""

    entries: tuple[Entry, ...] = ()
    due: Money | None = None
    """What is to be paid and has no instrument yet."""
    refused: str = ""
    """Why these instruments may not pay."""


def settle(
    rules: Ruleset, answer: Answer, *, paid_with: Sequence[Instrument] = (), pay_with: Sequence[Instrument] = ()
) -> Settlement:
    """Divide the amounts of an answer among instruments. Nothing moves unless it is allowed.

    Args:
        rules: which kinds of instrument there are.
        answer: what was answered.
        paid_with: what the booking was paid with, each with its amount.
        pay_with: what the customer offers to pay with; it may also take what is given back.

    Raises:
        BadCase: more is given up than was paid, a kind that the rules do not have, or amounts in two currencies.
    """
    for one in (*paid_with, *pay_with):
        if one.kind not in rules.instruments:
            raise BadCase(f"{one.id}: no instrument is a {one.kind}; there are {', '.join(rules.instruments)}")
    if answer.outcome != "allowed":
        return Settlement()
    if refused := _refused(answer, pay_with):
        return Settlement(refused=refused)
    entries = (*_divided(rules, answer, paid_with, pay_with), *_charged(rules, answer, pay_with))
    granted = (
        Entry(instrument="", what="granted", money=part.money, into=_target(part.into, pay_with))
        for part in answer.grants
    )
    return Settlement(entries=(*entries, *granted), due=answer.price if answer.price and not pay_with else None)


def _refused(answer: Answer, pay_with: Sequence[Instrument]) -> str:
    """Why what is offered may not pay; empty where it may."""
    price = answer.price
    if price is None or not pay_with:
        return ""
    for kind in dict.fromkeys(one.kind for one in pay_with):
        many, most = sum(one.kind == kind for one in pay_with), answer.pay_with.get(kind, 0)
        if answer.pay_with and many > most:
            return (
                f"{many} of kind {kind}, and {f'at most {most} of them' if most else 'none of them'} may pay for this"
            )
    if answer.instruments is not None and len(pay_with) > answer.instruments:
        return f"{len(pay_with)} instruments, and at most {answer.instruments} may pay for this"
    balances = [one.amount for one in pay_with if one.amount is not None]
    if len(balances) == len(pay_with) and (held := _total(balances, price.currency)) < price.amount:
        return f"{written(price)} is to be paid, and there is {held:f} {price.currency}"
    return ""


def _divided(
    rules: Ruleset, answer: Answer, paid_with: Sequence[Instrument], pay_with: Sequence[Instrument]
) -> Iterator[Entry]:
    """What becomes of what was paid, instrument by instrument."""
    paid = [(one, one.amount) for one in paid_with if one.amount is not None]
    if answer.gives_up is None or not paid:
        for one, amount in paid:
            yield Entry(instrument=one.id, what="kept", money=amount)
        return
    currency = answer.gives_up.currency
    if (held := _total([amount for _, amount in paid], currency)) < answer.gives_up.amount:
        raise BadCase(f"{written(answer.gives_up)} is given up, and {held:f} {currency} was paid")
    shares = [(part.money.amount, part.into) for part in answer.back]
    shares.append((answer.forfeited.amount if answer.forfeited else Decimal(0), ()))
    for one, amount in paid:
        left = amount.amount
        while left and shares:
            share, into = shares[0]
            taken = min(left, share)
            left -= taken
            shares = [(share - taken, into), *shares[1:]] if taken < share else shares[1:]
            if taken:
                yield _taken(rules, one, Money(amount=taken, currency=currency), into, pay_with)
        if left:
            yield Entry(instrument=one.id, what="kept", money=Money(amount=left, currency=currency))


def _taken(
    rules: Ruleset, one: Instrument, money: Money, into: tuple[str, ...], pay_with: Sequence[Instrument]
) -> Entry:
    if "original" in into and (back := rules.instruments[one.kind].back) != "original":
        into = () if back == "lost" else (back,)
    if not into:
        return Entry(instrument=one.id, what="forfeited", money=money)
    if "original" in into:
        return Entry(instrument=one.id, what="refunded", money=money)
    return Entry(instrument=one.id, what="credited", money=money, into=_target(into, pay_with))


def _target(into: tuple[str, ...], pay_with: Sequence[Instrument]) -> str:
    """Of the kinds that may take an amount: what the customer offers of them, else a new one of the first."""
    return next((one.id for one in pay_with if one.kind in into), into[0])


def _charged(rules: Ruleset, answer: Answer, pay_with: Sequence[Instrument]) -> Iterator[Entry]:
    """Instruments pay in the order in which they are offered, those with a balance first: cards pay the rest."""
    price = answer.price
    if price is None:
        return
    left = price.amount
    for one in sorted(pay_with, key=lambda one: one.amount is None):
        held = left if one.amount is None else one.amount.amount
        taken = min(left, held)
        left -= taken
        if taken:
            yield Entry(instrument=one.id, what="charged", money=Money(amount=taken, currency=price.currency))
        if held > taken:
            lost = taken and rules.instruments[one.kind].rest == "lost"
            yield Entry(
                instrument=one.id,
                what="lost" if lost else "left",
                money=Money(amount=held - taken, currency=price.currency),
            )


def _total(amounts: Sequence[Money], currency: Currency) -> Decimal:
    strange = {one.currency for one in amounts} - {currency}
    if strange:
        raise BadCase(
            f"an instrument is in {', '.join(sorted(strange))}, and the amount in {currency}; none is converted"
        )
    return sum((one.amount for one in amounts), Decimal(0))
