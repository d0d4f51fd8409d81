"""The amounts of rules, in a case in which all that they need is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from msgspec.structs import replace

from contracts.money import Money, to_the_cent
from policy.facts import BadCase
from policy.fares.answers import Amount
from policy.fares.ruleset import Known, Rule, Term
from policy.formulas import Formula, result


@dataclass(frozen=True)
class Pricing:
    """What rules come to, each amount by itself: to the cent, and never less than nothing."""

    known: Known

    def money(self, formula: Formula) -> Money:
        """What a formula comes to."""
        found = result(formula, self.known.value)
        assert isinstance(found, Money)
        try:
            rounded = to_the_cent(found)
        except InvalidOperation as error:
            raise BadCase("an amount of this case is too large to be counted to the cent") from error
        return rounded if rounded.amount > 0 else Money(amount=Decimal(0), currency=rounded.currency)

    def parts(self, terms: tuple[Term, ...]) -> Iterator[Amount]:
        """The amounts that are more than nothing."""
        for term in terms:
            money = self.money(term.amount)
            if money.amount:
                yield Amount(for_=term.for_, money=money, into=term.into, valid_days=term.valid_days)

    def given_up(self, rule: Rule) -> tuple[Money | None, list[Amount], Money | None]:
        """What is given up, what is given back of it, and the rest. No more is given back than given up: first parts first."""
        if rule.gives_up is None:
            return None, [], None
        stake = self.money(rule.gives_up)
        left, back = stake.amount, list[Amount]()
        for part in self.parts(rule.back):
            total([stake, part.money])
            given = min(part.money.amount, left)
            left -= given
            if given:
                back.append(replace(part, money=Money(amount=given, currency=stake.currency)))
        return stake, back, Money(amount=left, currency=stake.currency)


def payable(rules: list[Rule]) -> tuple[dict[str, int], int | None]:
    """What may pay for all of the rules that charge something: of each kind the fewest that one of them takes."""
    allowed: dict[str, int] | None = None
    for rule in rules:
        if rule.charge and rule.pay_with:
            mine = dict(rule.pay_with)
            allowed = (
                mine if allowed is None else {kind: min(n, mine[kind]) for kind, n in allowed.items() if kind in mine}
            )
    limits = [rule.instruments for rule in rules if rule.instruments is not None]
    return allowed or {}, min(limits, default=None)


def total(amounts: list[Money]) -> Money | None:
    """The sum; None of nothing. Raises BadCase: the amounts are in two currencies."""
    currencies = sorted({one.currency for one in amounts})
    if len(currencies) > 1:
        raise BadCase(f"the amounts of one answer are in {' and '.join(currencies)}, and are never converted")
    return (
        Money(amount=sum((one.amount for one in amounts), Decimal(0)), currency=currencies[0]) if currencies else None
    )
