"""What a letter says of the rights that a party has: what is owed, and what would be unless the cause excuses it."""

from collections.abc import Sequence

from msgspec import Struct

from contracts.care import Entitlement
from contracts.ledger import Journey
from contracts.names import Id, Pnr


class Stated(Struct, frozen=True, gc=False):
    """What is owed for a journey as far as it is known."""

    care: Id
    """Of the `CareOwed` that says so."""
    package: tuple[Entitlement, ...]


class Law(Struct, frozen=True):
    """What one law gives."""

    law: str
    owed: tuple[Entitlement, ...]
    possible: tuple[Entitlement, ...]
    """Unless the cause is one that the law excuses, and it is not known yet."""


class RightsLetter(Struct, frozen=True, kw_only=True):
    """A letter about rights alone. The template sees this and nothing else."""

    pnr: Pnr
    reference: str
    """What the party knows its booking by."""
    journey: Journey
    """What they are about."""
    rights: tuple[Law, ...]
    """Empty: none any more."""


def rights_of(package: Sequence[Entitlement]) -> tuple[Law, ...]:
    """The package law by law, in its order."""
    laws = dict.fromkeys(each.law or each.rule_set for each in package)
    return tuple(
        Law(
            law,
            tuple(each for each in package if (each.law or each.rule_set) == law and each.answer == "owed"),
            tuple(each for each in package if (each.law or each.rule_set) == law and each.answer == "cause_unknown"),
        )
        for law in laws
    )
