"""Judge a request by a set of rules.

For each act that is asked for, rules are tried in the order in which they are written, and the first that applies decides. A
request of several acts is refused where one is refused, goes to a person where one does, and is allowed where all are.

An unknown fact is asked for only if the answer depends on it. Every value that it may have is tried, as far as
the rules tell values apart (`policy.samples`): where all lead to one answer, that is the answer. So a fact that is supplied
later never turns a decided answer into another. What is tried forms a decision diagram whose facts are in one order throughout;
equal branches are one, so exactly the facts that matter are left in it (R. E. Bryant, 1986). More than is needed may be asked
for in two cases: amounts that cannot be worked out yet are equal only where they are written alike; and after `MOST_TRIED`
trials all open facts are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from contracts.money import Money
from policy.facts import BadCase, Facts, Value, read_value
from policy.fares.answers import Answer, Cited, Missing
from policy.fares.lasting import hours_left
from policy.fares.model import Outcome
from policy.fares.pricing import Pricing, payable, total
from policy.fares.ruleset import Known, Rule, Ruleset
from policy.formulas import Formula, names, result

MOST_TRIED = 2_000
OUTCOMES: tuple[Outcome, ...] = ("refused", "person", "allowed")
"""The outcome of a request is the first of these that an act of it has."""

Tree = tuple[object, ...]
"""An outcome with its terms, or a fact with what follows from each of its values."""


class _TooMany(Exception):
    """More would have to be tried than is worth while."""


def judge(rules: Ruleset, acts: Sequence[str], facts: Facts) -> Answer:
    """Answer whether a request is allowed, at what price, by which rule, and for how long.

    Args:
        rules: what is judged by.
        acts: what is asked for, such as `cancel`; at least one.
        facts: what is known.

    Raises:
        BadCase: an act or a fact that the rules do not have, a value that a fact cannot have, amounts in two currencies.
    """
    _look_at(rules, acts, facts)
    asked = tuple(dict.fromkeys(acts))

    def judged(known: Facts) -> Answer:
        return _Judging(rules, asked, known).answer()

    answer = judged(facts)
    if answer.outcome == "ask":
        return answer
    hours = hours_left(rules, asked, facts, judged)
    return answer if hours is None else replace(answer, hours=hours)


def _look_at(rules: Ruleset, acts: Sequence[str], facts: Facts) -> None:
    if not acts:
        raise BadCase("nothing is asked for")
    for act in acts:
        if act not in rules.acts:
            raise BadCase(f"no such act: {act}; there are {', '.join(sorted(rules.acts))}")
    for name, value in facts.items():
        if name in rules.conditions or name in rules.computed:
            raise BadCase(f"{name} is worked out from {', '.join(dict.fromkeys(rules.inputs(name)))}")
        if name not in rules.facts:
            raise BadCase(f"no such fact: {name}")
        read_value(name, _raw(value), rules.facts[name])


def _raw(value: Value) -> object:
    """A value as a file has it, to be looked at once more: who calls may have made it by hand."""
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    return sorted(value) if isinstance(value, frozenset) else value


Group = tuple[tuple[str, ...], Rule]
"""A rule, and the acts that it decides. What it charges is charged once for all of them."""


@dataclass
class _Judging:
    """One request; what it depends on is collected while values are tried."""

    rules: Ruleset
    acts: tuple[str, ...]
    facts: Facts
    tried: int = 0
    deciding: dict[Tree, dict[Group, None]] = field(default_factory=dict)
    """By outcome with its terms: the rules that led to it."""

    @cached_property
    def real(self) -> Known:
        """What is known, with nothing assumed."""
        return Known(self.rules, self.facts)

    def answer(self) -> Answer:
        known = self.real
        candidates = [rule for act in self.acts for rule in self.possible(act, known)]
        try:
            tree = self.tree({})
        except _TooMany:
            return self.ask(sorted(self.stand(known)[2]), candidates)
        asked: list[str] = []
        _facts_of(tree, asked)
        if asked:
            return self.ask(asked, candidates)
        order = [*self.rules.rules, self.rules.otherwise]
        groups = sorted(self.deciding[tree], key=lambda group: order.index(group[1]))
        return self.priced(groups, known) if tree[0] == "allowed" else _plain(tree[0], [rule for _, rule in groups])

    def tree(self, assumed: Facts) -> Tree:
        """What follows from each value that unknown facts may have, with equal branches made one."""
        self.tried += 1
        if self.tried > MOST_TRIED:
            raise _TooMany
        known = Known(self.rules, self.facts, assumed, self.real)
        outcome, groups, unknown = self.stand(known)
        if outcome is not None:
            terms = ((acts, self.terms(rule)) for acts, rule in groups) if outcome == "allowed" else ()
            key: Tree = (outcome, *terms)
            self.deciding.setdefault(key, {}).update(dict.fromkeys(groups))
            return key
        fact = next(name for name in self.rules.samples if name in unknown)
        branches = tuple(self.tree({**assumed, fact: value}) for value in self.rules.samples[fact])
        return branches[0] if len(set(branches)) == 1 else (("fact", fact), *branches)

    def stand(self, known: Known) -> tuple[Outcome | None, list[Group], set[str]]:
        """The outcome and the rules that decide it; or None, and the facts on which it depends."""
        decided: dict[Rule, tuple[str, ...]] = {}
        unknown: set[str] = set()
        for act in self.acts:
            first, *others = self.possible(act, known)
            if others:
                unknown |= {fact for rule in (first, *others) for fact in known.open(rule.when)}
            else:
                decided[first] = (*decided.get(first, ()), act)
        for outcome in OUTCOMES:
            by = [(acts, rule) for rule, acts in decided.items() if rule.outcome == outcome]
            if by and (outcome == "refused" or not unknown):
                return outcome, by, set()
        return None, [], unknown

    def possible(self, act: str, known: Known) -> list[Rule]:
        """The rules that may be the first to apply to an act, in order."""
        found = []
        for rule in self.rules.about(act):
            held = known.holds(rule.when)
            if held is not False:
                found.append(rule)
            if held:
                break
        return found

    def terms(self, rule: Rule) -> object:
        """What a rule allows, so that two which allow the same can be seen to. Amounts are compared where they are known."""
        real = self.real

        def amount(formula: Formula | None) -> object:
            if formula is None or any(real.unknown_inputs(name) for name in names(formula)):
                return formula
            return result(formula, real.value)

        lists = (rule.charge, rule.back, rule.grant)
        parts = tuple(
            tuple((term.for_, amount(term.amount), term.into, term.valid_days) for term in one) for one in lists
        )
        return (parts, amount(rule.gives_up), tuple(sorted(rule.pay_with.items())), rule.instruments)

    def ask(self, facts: Sequence[str], rules: Sequence[Rule]) -> Answer:
        """What is asked for are facts of the case, where rules name one that is worked out from them."""
        known = self.real
        missing = dict.fromkeys(name for fact in facts for name in known.unknown_inputs(fact))
        kinds = self.rules.facts
        return Answer(
            outcome="ask",
            rules=tuple(map(_cited, dict.fromkeys(rules))),
            missing=tuple(Missing(fact=name, means=kinds[name].means) for name in missing),
        )

    def priced(self, groups: list[Group], known: Known) -> Answer:
        """The amounts of the rules that allow it. Where several may be the one, they have the same amounts: one counts."""
        rules = list(dict.fromkeys(rule for _, rule in groups))
        counted = list(dict(groups).values())
        formulas = [formula for rule in counted for formula in rule.formulas()]
        if unknown := [name for formula in formulas for name in names(formula) if known.unknown_inputs(name)]:
            return self.ask(unknown, rules)
        money = Pricing(known)
        given = [money.given_up(rule) for rule in counted]
        charges = tuple(part for rule in counted for part in money.parts(rule.charge))
        pay_with, instruments = payable(counted)
        stake = total([up for up, _, _ in given if up is not None])
        total([part.money for part in charges])
        return Answer(
            outcome="allowed",
            rules=tuple(map(_cited, rules)),
            charges=charges,
            gives_up=stake,
            back=tuple(part for _, back, _ in given for part in back),
            forfeited=total([lost for _, _, lost in given if lost is not None]),
            grants=tuple(part for rule in counted for part in money.parts(rule.grant)),
            pay_with=pay_with,
            instruments=instruments,
        )


def _plain(outcome: object, rules: list[Rule]) -> Answer:
    assert outcome in ("refused", "person")
    return Answer(outcome="refused" if outcome == "refused" else "person", rules=tuple(map(_cited, rules)))


def _cited(rule: Rule) -> Cited:
    return Cited(file=rule.file, line=rule.line, id=rule.id, words=rule.words)


def _facts_of(tree: Tree, found: list[str]) -> None:
    head, *branches = tree
    if isinstance(head, tuple):
        if head[1] not in found:
            found.append(head[1])
        for branch in branches:
            assert isinstance(branch, tuple)
            _facts_of(branch, found)
