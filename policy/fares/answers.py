"""What is answered to a request."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from contracts.money import Money

Outcome = Literal["allowed", "refused", "ask", "person"]
"""`ask`: it depends on facts that are missing. `person`: a person decides."""


class Cited(Struct, frozen=True, kw_only=True):
    """A rule that decided, and where it is written."""

    file: str
    line: int
    id: str
    words: str


class Amount(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A part of a price, or of what a customer is given."""

    for_: str
    money: Money
    into: tuple[str, ...] = ()
    """What it is given as: `original`, or one of these kinds of instrument."""
    valid_days: int | None = None
    """For how many days what is given can be used."""


class Missing(Struct, frozen=True, kw_only=True):
    """A fact that would change the answer."""

    fact: str
    means: str


class Answer(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The answer to a request. Amounts are there only where it is allowed."""

    outcome: Outcome
    rules: tuple[Cited, ...]
    """Which decided. Several: one per act; or each of them may be the one, depending on what is not known, with the same
    answer. With `ask`, the rules between which the missing facts decide."""
    missing: tuple[Missing, ...] = ()
    charges: tuple[Amount, ...] = ()
    gives_up: Money | None = None
    """What is given up of what was paid: the sum of `back` and `forfeited`."""
    back: tuple[Amount, ...] = ()
    forfeited: Money | None = None
    grants: tuple[Amount, ...] = ()
    pay_with: dict[str, int] = field(default_factory=dict)
    """How many instruments of which kind may pay; empty: any."""
    instruments: int | None = None
    hours: Decimal | None = None
    """For how many hours from now the answer is the same; None: no rule depends on time, or the time is not known."""

    @property
    def price(self) -> Money | None:
        """All charges; None where there are none."""
        if not self.charges:
            return None
        amounts = [part.money for part in self.charges]
        return Money(amount=sum((one.amount for one in amounts), Decimal(0)), currency=amounts[0].currency)
