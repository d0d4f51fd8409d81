"""The ladder: what a seat costs where no feed says it.

It is data (`ladder.toml` beside the agent explains each field). All amounts and factors are decimals, so two replicas, and a
replay, come to the same cent.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from math import ceil
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts.fares import Family
from contracts.money import Currency, Money, money_fault
from contracts.names import CABINS, Cabin

Factor = Decimal
Count = Annotated[int, Meta(ge=1)]


class LadderFault(ValueError):
    """Why a text is no ladder, in one line."""


class FamilyRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    cabin: Cabin
    name: Family
    factor: Factor
    rungs: Count | None = None
    """On how many rungs of seats it is sold, from the top; None: on all."""


class SeatsRung(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    share: Decimal
    """It holds while this share of the cabin's seats is left."""
    factor: Factor


class DaysRung(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    days: Annotated[int, Meta(ge=0)]
    """It holds while more than so many are left."""
    factor: Factor


class Back(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many seats more than a rung needs must be left before a fare falls back to it: `seats`, or `share` of the cabin if
    that is more."""

    share: Decimal
    seats: Annotated[int, Meta(ge=1)]


class Ladder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    currency: Currency
    round_to: Decimal
    fixed: Decimal
    per_km: Decimal
    unknown_km: Annotated[int, Meta(ge=1)]
    closes_min: Annotated[int, Meta(ge=0)]
    most_seats: Count
    cabins: dict[Cabin, Factor]
    families: tuple[FamilyRule, ...]
    seats: tuple[SeatsRung, ...]
    """From most seats left to none."""
    back: Back
    days: tuple[DaysRung, ...]
    """From most days left to none."""

    @cached_property
    def id(self) -> str:
        """Which ladder it is, derived from its content."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:12]

    @cached_property
    def closes(self) -> timedelta:
        """How long before departure sale ends."""
        return timedelta(minutes=self.closes_min)

    def floors(self, capacity: int) -> Sequence[int]:
        """For each rung of seats, how many have to be left in a cabin of this size: at least one."""
        return [max(1, ceil(rung.share * capacity)) for rung in self.seats]

    def margin(self, capacity: int) -> int:
        """How many seats more than a rung's floor have to be left before a fare falls back to it."""
        return max(self.back.seats, ceil(self.back.share * capacity))

    def families_of(self, cabin: Cabin, *, rung: int) -> Iterator[FamilyRule]:
        """Those that are sold in the cabin on this rung of seats."""
        for family in self.families:
            if family.cabin == cabin and (family.rungs is None or rung < family.rungs):
                yield family

    def price(self, family: FamilyRule, *, kilometres: float | None, seats: int, days: int) -> Money:
        """The fare on these two rungs. `kilometres`: None where they are not known."""
        distance = self.unknown_km if kilometres is None else round(kilometres)
        base = self.fixed + self.per_km * distance
        exact = base * self.cabins[family.cabin] * family.factor * self.seats[seats].factor * self.days[days].factor
        steps = (exact / self.round_to).to_integral_value(ROUND_HALF_UP)
        return Money(amount=max(steps, Decimal(1)) * self.round_to, currency=self.currency)


def parse_ladder(text: str) -> Ladder:
    """Read a ladder from TOML. Raises `LadderFault`, which names the key that is wrong and what is wanted."""
    try:
        ladder = msgspec.convert(tomllib.loads(text), Ladder)
    except tomllib.TOMLDecodeError as failure:
        raise LadderFault(f"it is no TOML: {failure}") from failure
    except msgspec.ValidationError as failure:
        raise LadderFault(str(failure)) from failure
    if fault := next(_faults(ladder), None):
        raise LadderFault(fault)
    return ladder


def _faults(ladder: Ladder) -> Iterator[str]:
    if fault := money_fault(Money(amount=ladder.round_to, currency=ladder.currency)):
        yield f"round_to: {fault}"
    positive = [("round_to", ladder.round_to)]
    positive += [(f"cabins.{cabin}", factor) for cabin, factor in ladder.cabins.items()]
    positive += [(f"families[{at}].factor", family.factor) for at, family in enumerate(ladder.families)]
    positive += [(f"seats[{at}].factor", rung.factor) for at, rung in enumerate(ladder.seats)]
    positive += [(f"days[{at}].factor", rung.factor) for at, rung in enumerate(ladder.days)]
    for where, number in positive:
        if not (number.is_finite() and number > 0):
            yield f"{where} is {number}: wanted a number above 0"
    for where, number in (("fixed", ladder.fixed), ("per_km", ladder.per_km), ("back.share", ladder.back.share)):
        if not (number.is_finite() and number >= 0):
            yield f"{where} is {number}: wanted a number of 0 or more"
    if missing := sorted(set(CABINS) - ladder.cabins.keys()):
        yield f"cabins has no {missing[0]}"
    yield from _family_faults(ladder)
    shares = [rung.share for rung in ladder.seats]
    if not shares or shares[-1] != 0 or shares[0] > 1 or any(above <= below for above, below in pairwise(shares)):
        yield "seats: wanted shares from 1 at most down to 0, each less than the one before"
    days = [rung.days for rung in ladder.days]
    if not days or days[-1] != 0 or any(above <= below for above, below in pairwise(days)):
        yield "days: wanted numbers of days down to 0, each less than the one before"


def _family_faults(ladder: Ladder) -> Iterator[str]:
    names = [(family.cabin, family.name) for family in ladder.families]
    for cabin, name in names:
        if names.count((cabin, name)) > 1:
            yield f"families: {cabin} {name} is there twice"
    for cabin in CABINS:
        if all(family.cabin != cabin or family.rungs is not None for family in ladder.families):
            yield f"families: {cabin} has none that is sold on all rungs (without `rungs`)"
