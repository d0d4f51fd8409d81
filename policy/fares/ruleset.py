"""A fare file ready to be judged by: conditions and formulas read, names resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from policy.conditions import Comparison, Condition, comparisons, open_facts, truth
from policy.facts import BadCase, FactKind, Facts, Value, shown
from policy.fares.model import Instrument, Outcome
from policy.formulas import Formula, names, result
from policy.samples import samples


@dataclass(frozen=True)
class Term:
    """An amount of a rule."""

    for_: str
    amount: Formula
    into: tuple[str, ...] = ()
    """What a credit is given as; a charge has none."""
    valid_days: int | None = None


@dataclass(frozen=True)
class Rule:
    """A rule, and where it is written."""

    file: str
    line: int
    id: str
    on: frozenset[str]
    """`*`: all acts."""
    when: Condition
    outcome: Outcome
    words: str
    charge: tuple[Term, ...] = ()
    pay_with: Mapping[str, int] = field(default_factory=dict)
    instruments: int | None = None
    gives_up: Formula | None = None
    back: tuple[Term, ...] = ()
    grant: tuple[Term, ...] = ()

    def __hash__(self) -> int:
        return hash((self.file, self.line, self.id))

    def formulas(self) -> Iterator[Formula]:
        """All of its amounts."""
        yield from (term.amount for term in (*self.charge, *self.back, *self.grant))
        if self.gives_up is not None:
            yield self.gives_up


@dataclass(frozen=True)
class Table:
    """A fact that is read from a table: `by` these facts, the outer one first."""

    by: tuple[str, ...]
    rows: Mapping[tuple[str, ...], Value]


@dataclass(frozen=True)
class Ruleset:
    """Rules in the order in which they are tried, and the facts that they name."""

    name: str
    carriers: tuple[str, ...]
    rules: tuple[Rule, ...]
    otherwise: Rule
    facts: Mapping[str, FactKind]
    acts: Mapping[str, str]
    conditions: Mapping[str, Condition]
    """Facts that are conditions."""
    computed: Mapping[str, Formula | Table]
    """Facts that are worked out."""
    instruments: Mapping[str, Instrument]

    @cached_property
    def samples(self) -> Mapping[str, tuple[Value, ...]]:
        """By fact: the values to try where it is unknown. Facts are in the order in which rules name them."""
        return {name: samples(self.facts[name], asked) for name, asked in all_comparisons(self).items()}

    def about(self, act: str) -> tuple[Rule, ...]:
        """The rules of an act, in order. The last one decides if none before it does."""
        return (*(rule for rule in self.rules if act in rule.on or "*" in rule.on), self.otherwise)

    @cached_property
    def _inputs(self) -> dict[str, tuple[str, ...]]:
        return {}

    def inputs(self, fact: str) -> tuple[str, ...]:
        """The facts of a case that a fact is worked out from; of one that is not worked out, itself."""
        if (known := self._inputs.get(fact)) is None:
            made = self.computed.get(fact)
            needs: tuple[str, ...] = ()
            if fact in self.conditions:
                needs = tuple(test.fact for test in comparisons(self.conditions[fact]))
            elif made is not None:
                needs = made.by if isinstance(made, Table) else tuple(names(made))
            found = dict.fromkeys(name for need in dict.fromkeys(needs) for name in self.inputs(need))
            known = self._inputs[fact] = tuple(found) if fact in self.conditions or made is not None else (fact,)
        return known


@dataclass(frozen=True)
class Known:
    """What is known in a case: its facts, and what is worked out from them."""

    rules: Ruleset
    facts: Facts
    assumed: Facts = field(default_factory=dict)
    """Values tried for unknown facts."""
    base: "Known | None" = None
    """The same without what is assumed; None: make it."""
    _worked_out: dict[str, Value | None] = field(default_factory=dict, compare=False)

    def value(self, fact: str) -> Value | None:
        """The value of a fact, None where it is unknown.

        Raises:
            BadCase: a table has no row for what is known, or amounts of two currencies meet.
        """
        if fact in self.facts:
            return self.facts[fact]
        if fact in self.assumed:
            return self.assumed[fact]
        if fact not in self._worked_out:
            self._worked_out[fact] = self._work_out(fact)
        return self._worked_out[fact]

    def _work_out(self, fact: str) -> Value | None:
        if (condition := self.rules.conditions.get(fact)) is not None:
            return truth(condition, self.value)
        match self.rules.computed.get(fact):
            case Formula() as formula:
                return result(formula, self._really)
            case Table() as table:
                return self._row(fact, table)
        return None

    def _really(self, fact: str) -> Value | None:
        """Without what is assumed: a value that is tried stands for others, which count differently."""
        if not self.assumed:
            return self.value(fact)
        return (self.base or Known(self.rules, self.facts)).value(fact)

    def _row(self, fact: str, table: Table) -> Value | None:
        keys = [self._really(by) for by in table.by]
        known = tuple(shown(key) for key in keys if key is not None)
        if len(known) < len(keys):
            return None
        if known not in table.rows:
            wanted = ", ".join(f"{by} = {key}" for by, key in zip(table.by, known, strict=True))
            raise BadCase(f"the table of {fact} has nothing for {wanted}")
        return table.rows[known]

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition holds; None: it depends on what is unknown."""
        return truth(condition, self.value)

    def open(self, condition: Condition) -> set[str]:
        """Unknown facts on which a condition depends."""
        return open_facts(condition, self.value, self.rules.conditions)

    def unknown_inputs(self, fact: str) -> list[str]:
        """What is not known of a case, of all that a fact is worked out from."""
        return [name for name in dict.fromkeys(self.rules.inputs(fact)) if name not in self.facts]


def all_comparisons(rules: Ruleset) -> dict[str, list[Comparison]]:
    """By fact: what the rules compare it with."""
    found: dict[str, list[Comparison]] = {}
    for condition in (*(rule.when for rule in rules.rules), *rules.conditions.values()):
        for test in comparisons(condition):
            found.setdefault(test.fact, []).append(test)
    return found
