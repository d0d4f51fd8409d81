"""A rule set as its TOML file has it."""

from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta, field

from contracts.care import Because, EntitlementKind, RuleSetName
from contracts.flights import DelayCode
from contracts.names import Carrier
from policy.amounts import Price
from policy.files import Table
from policy.spans import Span

_COUNTRY = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]


class Territory(Table, frozen=True, kw_only=True):
    """Countries that a law counts as one."""

    countries: tuple[_COUNTRY, ...]
    since: dict[_COUNTRY, date] = field(default_factory=dict)
    """The first day of those that joined while the rule set was in force."""
    until: dict[_COUNTRY, date] = field(default_factory=dict)
    """The last day of those that left."""

    def has(self, country: str, on: date) -> bool:
        return (
            country in self.countries
            and self.since.get(country, date.min) <= on <= self.until.get(country, date.max)
        )  # fmt: skip


class Cover(Table, frozen=True, kw_only=True):
    """Journeys that the rule set covers: all that is given has to hold."""

    source: str
    origin: str | None = None
    """A territory."""
    destination: str | None = None
    not_from: str | None = None
    """A territory that it must not begin in."""
    airlines: str | None = None
    """Only where one of these operates it: a name in `airlines`."""


class Condition(Table, frozen=True, kw_only=True):
    """All that is given has to hold. `_from` and `_upto` include the limit, `_above` and `_under` exclude it."""

    cancelled: bool | None = None
    denied_boarding: bool | None = None
    smaller_aircraft: bool | None = None
    misconnected: bool | None = None
    travelled: bool | None = None
    has_trip: bool | None = None
    inside: bool | None = None
    """Both ends are in the territory that is `home`."""
    overseas: bool | None = None
    """One end is in a country that is `apart`, the other in the rest of `home`."""
    other_airport: bool | None = None
    more_connections: bool | None = None
    lower_cabin: bool | None = None
    day_after: bool | None = None
    later_from: Span | None = None
    """How much later than sold it arrives."""
    later_above: Span | None = None
    later_under: Span | None = None
    later_upto: Span | None = None
    departs_later_from: Span | None = None
    earlier_from: Span | None = None
    """How much earlier than sold it departs."""
    earlier_above: Span | None = None
    earlier_upto: Span | None = None
    notice_from: Span | None = None
    """How long before the departure that was sold the party was informed."""
    notice_under: Span | None = None
    km_above: int | None = None
    """The great circle between the ends that were sold."""
    km_upto: int | None = None


class Exemption(Condition, frozen=True, kw_only=True):
    """A condition under which nothing is owed."""

    id: str
    source: str


class Rule(Table, frozen=True, kw_only=True):
    """What is owed when one of the conditions holds. Of the rules that give one kind, the first that holds decides."""

    id: str
    gives: EntitlementKind
    because: Because
    source: str
    when: tuple[Condition, ...]
    unless: tuple[Exemption, ...] = ()
    excused: bool = False
    """Nothing is owed for a cause that `causes` excuse."""
    amount: Price | None = None
    """For each passenger."""
    percent: int = 0
    """Of the fare of each passenger."""
    most: Price | None = None
    """For each passenger."""
    half: Exemption | None = None
    """When half of it is owed."""
    if_declined: bool = False
    within_days: int = 0


class Causes(Table, frozen=True, kw_only=True):
    """Delay codes that are judged alike. Codes in none are not known well enough."""

    codes: tuple[DelayCode, ...]
    excuse: bool
    source: str


class RuleSet(Table, frozen=True, kw_only=True):
    """One law for the days on which it is in force."""

    name: RuleSetName
    title: str
    source: str
    effective_from: date
    """The first day, by the date of the departure that was sold, local to its origin."""
    effective_to: date | None = None
    """The last day; absent: until further notice."""
    enabled: bool = True
    verified: str
    """What was compared with which text, and what was not."""
    territories: dict[str, Territory]
    home: str
    """The territory of `Condition.inside`."""
    apart: tuple[_COUNTRY, ...] = ()
    """Countries of `home` between which and the rest of it a journey is `overseas`."""
    airlines: dict[str, tuple[Carrier, ...]] = field(default_factory=dict)
    covers: tuple[Cover, ...]
    rules: tuple[Rule, ...]
    causes: tuple[Causes, ...] = ()

    def in_force(self, on: date) -> bool:
        return self.enabled and self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    @property
    def least_delay(self) -> timedelta:
        """The shortest delay of a flight that anything is owed for."""
        limits = (
            limit
            for rule in self.rules
            for condition in rule.when
            for limit in (condition.later_from, condition.departs_later_from)
        )
        return min((limit.length for limit in limits if limit), default=timedelta.max)

    def excuses(self, code: DelayCode | None) -> bool | None:
        """Whether a cause excuses. None: not known."""
        return next((each.excuse for each in self.causes if code in each.codes), None)
