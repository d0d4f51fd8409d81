"""A file of re-accommodation rules as it is written. docs/rules.md explains one line by line."""

from datetime import date
from typing import Literal

from msgspec import field

from contracts.flights import Instant, Place
from contracts.ledger import Answerer, Disruption, Mark
from contracts.names import Airport, Cabin, Carrier
from contracts.rules import Default, Reach
from policy.files import Table
from policy.spans import Span

OWN, ANY = "own", "any"
"""What a tier may be moved onto, beside groups of partners: the flights of the file's carriers; those of any carrier."""
Asked = Literal[Answerer, "none"]
"""Whose yes a trip needs; `none`: it is booked outright."""


class Head(Table, frozen=True, kw_only=True):
    """`[reaccommodation]`: what the file is."""

    name: str
    source: str
    """Where the rules are written for people."""
    carriers: tuple[Carrier, ...] = ()
    """It is for those to whom one of these sold their ticket; empty: for everybody."""
    starts: Instant | None = None
    """It holds from then on, in place of an earlier file for the same; None: from the first."""


class Times(Table, frozen=True, kw_only=True):
    """`[times]`: what is left out is as for everybody. `contracts.rules.Rules` says what each means."""

    lead: Span | None = None
    earlier: Span | None = None
    later: Span | None = None
    longest_connection: Span | None = None
    change_of_airport: Span | None = None
    """`Rules.co_terminal_least`."""
    max_connections: int | None = None


class Station(Table, frozen=True, kw_only=True):
    """`[stations.AIRPORT]`: how long before a departure from there it closes."""

    check_in_closes: Span | None = None
    gate_closes: Span | None = None


class Connection(Table, frozen=True, kw_only=True):
    """`[[connections]]`: a minimum connection."""

    from_: Reach = field(name="from")
    to: Reach
    least: Span
    station: Airport | None = None
    from_terminal: Place | None = None
    to_terminal: Place | None = None
    effective_from: date = date(2000, 1, 1)
    effective_to: date | None = None
    source: str = ""


class Service(Table, frozen=True, kw_only=True):
    """`[services.SSR]`: what parties with this special service need."""

    connection: Span | None = None
    """More at each connection."""
    most: int | None = None
    """Passengers with it on one flight."""


class ConsentRule(Table, frozen=True, kw_only=True):
    """`[[consent]]`: whose yes a trip needs for which every condition that is given holds. The first such rule says.

    `contracts.rules.Consent` says what each key means."""

    by: Asked
    within: Span | None = None
    default: Default | None = None
    after: tuple[Disruption, ...] = ()
    marks: tuple[Mark, ...] = ()
    tiers: tuple[str, ...] = ()
    ssrs: tuple[str, ...] = ()
    delay: Span | None = None


class ReaccommodationFile(Table, frozen=True, kw_only=True):
    """The whole file."""

    reaccommodation: Head
    times: Times = Times()
    partners: dict[str, tuple[Carrier, ...]] = field(default_factory=dict)
    onto: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By tier: `own`, `any`, or groups of `partners`."""
    cities: dict[str, tuple[Airport, ...]] = field(default_factory=dict)
    cabins: dict[str, tuple[Cabin, ...]] = field(default_factory=dict)
    """By the cabin paid for."""
    stations: dict[str, Station] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    services: dict[str, Service] = field(default_factory=dict)
    consent: tuple[ConsentRule, ...] = ()
    """Without any it is as for everybody."""
