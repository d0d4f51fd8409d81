"""A fare file as it is written. docs/rules.md explains one line by line."""

from typing import Any, Literal

from msgspec import field

from contracts.names import Carrier
from policy.facts import Kind
from policy.files import Table

Outcome = Literal["allowed", "refused", "person"]


class Head(Table, frozen=True, kw_only=True):
    """`[policy]`: what the file is."""

    name: str
    source: str
    """Where the policy is written for people."""
    carriers: tuple[Carrier, ...] = ()
    """Whose bookings it is for; empty: whose it is given for."""
    first: tuple[str, ...] = ()
    """Files beside this one whose rules come before its own, such as the law."""


class FactTable(Table, frozen=True, kw_only=True):
    """`[facts.NAME]`: a fact of the file's own. It has one of `kind`, `is`, `value` and `by`."""

    means: str = ""
    kind: Kind | None = None
    one_of: tuple[str, ...] = ()
    with_time: Literal["rises", "falls"] | None = None
    is_: dict[str, Any] | None = field(default=None, name="is")
    """A condition: the fact is whether it holds."""
    value: str | None = None
    """A formula: the fact is what it comes to."""
    by: tuple[str, ...] = ()
    """Facts by which `table` is read, the outer one first."""
    table: dict[str, Any] = field(default_factory=dict)


class Instrument(Table, frozen=True, kw_only=True):
    """`[instruments.KIND]`: a means of payment."""

    means: str
    rest: Literal["kept", "lost"] = "kept"
    """What becomes of what is not used of it."""
    back: str = "original"
    """What is given where an amount goes back to it: it (`original`), another kind, or nothing (`lost`)."""


class Part(Table, frozen=True, kw_only=True):
    """An amount of a rule: what it is for, and a formula. Less than nothing counts as nothing."""

    for_: str = field(name="for")
    amount: str


class Credit(Table, frozen=True, kw_only=True):
    """An amount that goes to the customer."""

    for_: str = field(name="for")
    amount: str
    as_: tuple[str, ...] = field(name="as", default=("original",))
    """`original`: to what was paid with. Else a kind of instrument, or several to choose from."""
    valid_days: int | None = None
    """For how many days it can be used; None: for ever, or as the instrument says."""


class RuleTable(Table, frozen=True, kw_only=True):
    """`[[rule]]`. The first rule of an act that applies decides."""

    id: str
    on: tuple[str, ...]
    """The acts it is about; `*`: all."""
    when: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome
    words: str
    """What a customer reads."""
    charge: tuple[Part, ...] = ()
    pay_with: dict[str, int] = field(default_factory=dict)
    """How many instruments of which kind may pay; empty: any."""
    instruments: int | None = None
    """How many instruments at most, of all kinds."""
    gives_up: str | None = None
    """What the customer gives up of what was paid. What is not given back of it is forfeited."""
    back: tuple[Credit, ...] = ()
    grant: tuple[Credit, ...] = ()
    """What the customer is given besides."""


class Otherwise(Table, frozen=True, kw_only=True):
    """`[otherwise]`: what is so where no rule applies."""

    outcome: Literal["refused", "person"]
    words: str


class FareFile(Table, frozen=True, kw_only=True):
    """The whole file."""

    policy: Head
    acts: dict[str, str] = field(default_factory=dict)
    """Acts of the file's own, and what they are."""
    facts: dict[str, FactTable] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    rule: tuple[RuleTable, ...] = ()
    otherwise: Otherwise = Otherwise(outcome="person", words="No rule covers this: a person decides.")
