"""Amounts of money as rule files write them: `75.00 USD`."""

import re
from decimal import Decimal
from typing import Self

from contracts.money import Money, money_fault


class Price:
    """An amount of one currency, in a file a text such as `75.00 USD`; never negative. Equal where amount and currency are."""

    __slots__ = ("money",)

    def __init__(self, money: Money) -> None:
        self.money = money

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read it.

        Raises:
            ValueError: it is none; the text says what was wanted.
        """
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ([A-Z]{3})", written) if isinstance(written, str) else None
        if found is None:
            raise ValueError("wanted an amount such as '75.00 USD'")
        money = Money(amount=Decimal(found[1]), currency=found[2])
        if fault := money_fault(money):
            raise ValueError(fault)
        return cls(money)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Price) and self.money == other.money

    def __hash__(self) -> int:
        return hash((self.money.amount, self.money.currency))

    def __repr__(self) -> str:
        return f"Price({written(self.money)!r})"


def written(money: Money) -> str:
    """An amount as a file writes it."""
    return f"{money.amount:f} {money.currency}"
