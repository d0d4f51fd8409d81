"""What is so of every case, of the examples and of rules drawn at random."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.money import Money
from policy.conditions import Comparison, Condition, Group
from policy.facts import FactKind
from policy.fares import Answer, Facts, Instrument, Ruleset, Value, judge, settle
from policy.fares.ruleset import Rule, Term
from policy.formulas import names as names_in
from policy.formulas import parse
from tests.policy.fares.asking import example
from tests.policy.fares.drawn_cases import CENTS, some_of, whole_cases

EXAMPLES = {name: example(name) for name in ("tau_airline", "us_carrier", "us_24_hours")}
RULES = pytest.mark.parametrize("rules", [pytest.param(rules, id=name) for name, rules in EXAMPLES.items()])


def same(answer: Answer) -> Answer:
    """What a customer gets. Which rule is cited, and for how long it stands, may become more exact as more is known."""
    return replace(answer, rules=(), hours=None, missing=())


def requests(rules: Ruleset) -> st.SearchStrategy[list[str]]:
    """One act, or several at once."""
    return st.lists(st.sampled_from(sorted(rules.acts)), min_size=1, max_size=3)


@RULES
@given(data=st.data())
def test_a_further_fact_never_turns_a_decided_answer_into_another(rules: Ruleset, data: st.DataObject) -> None:
    """With part of the facts it is what it is with all of them, or a fact is asked for."""
    facts = data.draw(whole_cases(rules))
    acts = data.draw(requests(rules))
    with_some = judge(rules, acts, data.draw(some_of(facts)))
    with_all = judge(rules, acts, facts)
    assert with_all.outcome != "ask"
    assert with_some.outcome == "ask" or same(with_some) == same(with_all)


@RULES
@given(data=st.data())
def test_who_supplies_what_is_asked_for_gets_the_answer(rules: Ruleset, data: st.DataObject) -> None:
    """Nothing known is asked for again, and nothing else is needed."""
    facts = data.draw(whole_cases(rules))
    acts = data.draw(requests(rules))
    known = data.draw(some_of(facts))
    while (answer := judge(rules, acts, known)).outcome == "ask":
        asked = {one.fact for one in answer.missing}
        assert asked
        assert asked.isdisjoint(known)
        known |= {name: facts[name] for name in asked}
    assert same(answer) == same(judge(rules, acts, facts))


@RULES
@given(data=st.data())
def test_a_refusal_changes_nothing(rules: Ruleset, data: st.DataObject) -> None:
    """Unless it is allowed there is no amount in the answer, and no instrument is touched."""
    answer = judge(rules, data.draw(requests(rules)), data.draw(whole_cases(rules)))
    if answer.outcome != "allowed":
        card = Instrument(
            id="card", kind=next(iter(rules.instruments), ""), amount=Money(amount=Decimal(9), currency="USD")
        )
        cards = [card] if rules.instruments else []
        assert same(answer) == Answer(outcome=answer.outcome, rules=())
        assert not settle(rules, answer, paid_with=cards, pay_with=cards).entries


@RULES
@given(data=st.data())
def test_no_request_changes_how_many_travel(rules: Ruleset, data: st.DataObject) -> None:
    """Neither alone nor beside another act, whatever the facts."""
    acts = data.draw(requests(rules))
    assert judge(rules, [*acts, "change_passengers"], data.draw(whole_cases(rules))).outcome != "allowed"


@given(data=st.data())
@pytest.mark.parametrize("name", ["tau_airline", "us_carrier"])
def test_money_is_conserved_to_the_cent(name: str, data: st.DataObject) -> None:
    """Of each instrument, what it paid is kept, refunded, credited or forfeited; what pays is charged, left or lost."""
    rules = EXAMPLES[name]
    kinds = st.sampled_from(sorted(rules.instruments))
    paid_with = [
        Instrument(id=f"paid {n}", kind=data.draw(kinds), amount=money)
        for n, money in enumerate(data.draw(st.lists(CENTS, min_size=1, max_size=3)))
    ]
    paid = Money(amount=sum((one.amount.amount for one in paid_with if one.amount), Decimal(0)), currency="USD")
    pay_with = [
        Instrument(id=f"pays {n}", kind=data.draw(kinds), amount=money)
        for n, money in enumerate(data.draw(st.lists(st.none() | CENTS, max_size=3)))
    ]
    facts = data.draw(whole_cases(rules)) | {"paid": paid, "old_price": paid}
    answer = judge(rules, data.draw(requests(rules)), facts)
    settled = settle(rules, answer, paid_with=paid_with, pay_with=pay_with)
    totals: defaultdict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for entry in settled.entries:
        assert entry.money.amount > 0 or entry.what == "kept"
        totals[entry.instrument, entry.what == "charged"] += entry.money.amount
    if answer.outcome != "allowed" or settled.refused:
        assert not settled.entries
        return
    if answer.gives_up:
        assert answer.forfeited
        assert sum((part.money.amount for part in answer.back), answer.forfeited.amount) == answer.gives_up.amount
    for one in paid_with:
        assert one.amount
        assert totals[one.id, False] == one.amount.amount
    for one in pay_with:
        if one.amount and answer.price:
            assert totals[one.id, False] + totals[one.id, True] == one.amount.amount
    charged = sum((amount for (_, is_charge), amount in totals.items() if is_charge), Decimal(0))
    assert charged + (settled.due.amount if settled.due else 0) == (answer.price.amount if answer.price else 0)


# Rules drawn at random, against every completion of what is known.

KINDS = {
    "yes": FactKind("yes_no", "yes"),
    "no": FactKind("yes_no", "no"),
    "many": FactKind("count", "many"),
    "color": FactKind("text", "color", one_of=("red", "green", "blue")),
}
ALL: dict[str, tuple[Value, ...]] = {
    "yes": (True, False),
    "no": (True, False),
    "many": tuple(map(Decimal, range(5))),
    "color": ("red", "green", "blue"),
}
one_test: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Comparison, st.sampled_from(["yes", "no"]), st.just("is"), st.sampled_from([(True,), (False,)])),
    st.builds(
        Comparison,
        st.just("many"),
        st.sampled_from(["at_least", "more_than", "at_most", "less_than", "is"]),
        st.integers(1, 3).map(lambda n: (Decimal(n),)),
    ),
    st.builds(Comparison, st.just("color"), st.just("is"), st.sampled_from([("red",), ("green", "blue"), ("blue",)])),
)
conditions = st.recursive(
    one_test,
    lambda inner: st.builds(
        Group, st.sampled_from(["any", "all", "not"]), st.lists(inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=5,
)
fees = st.sampled_from([(), ("1 USD",), ("2 USD",), ("1 USD * many",)])
TYPES = {name: kind.kind for name, kind in KINDS.items()}


def rule(number: int, drawn: tuple[Condition, str, tuple[str, ...], frozenset[str]]) -> Rule:
    """A drawn rule."""
    when, outcome, charge, on = drawn
    allowed = outcome == "allowed"
    return Rule(
        file="drawn",
        line=number,
        id=f"rule-{number}",
        on=on,
        when=when,
        outcome="allowed" if allowed else "person" if outcome == "person" else "refused",
        words="",
        charge=tuple(Term("fee", parse(text, TYPES)) for text in charge) if allowed else (),
    )


def ruleset(rules: list[tuple[Condition, str, tuple[str, ...], frozenset[str]]]) -> Ruleset:
    """Drawn rules, with those before them refused where none applies."""
    return Ruleset(
        name="drawn",
        carriers=(),
        rules=tuple(rule(number, drawn) for number, drawn in enumerate(rules)),
        otherwise=Rule("drawn", 0, "otherwise", frozenset("*"), Group("all", ()), "refused", ""),
        facts=KINDS,
        acts={"a": "", "b": ""},
        conditions={},
        computed={},
        instruments={},
    )


drawn_rules = st.lists(
    st.tuples(
        conditions,
        st.sampled_from(["allowed", "refused", "person"]),
        fees,
        st.sampled_from([frozenset("a"), frozenset("b"), frozenset("ab")]),
    ),
    min_size=1,
    max_size=4,
).map(ruleset)


def completions(known: Facts) -> Iterator[dict[str, Value]]:
    """Every case that what is known may be a part of."""
    for values in product(*((known[name],) if name in known else ALL[name] for name in ALL)):
        yield dict(zip(ALL, values, strict=True))


@given(rules=drawn_rules, acts=st.sampled_from([["a"], ["a", "b"]]), data=st.data())
def test_a_fact_is_asked_for_if_and_only_if_the_answer_depends_on_it(
    rules: Ruleset, acts: list[str], data: st.DataObject
) -> None:
    """What is decided is so in every completion of what is known. What is asked for changes the answer in some of them.

    Amounts that cannot be worked out yet are compared as they are written, so there a fact too many may be asked for.
    """
    known = data.draw(some_of(data.draw(st.sampled_from(list(completions({}))))))
    answer = judge(rules, acts, known)
    answers = {tuple(case.values()): same(judge(rules, acts, case)) for case in completions(known)}
    if answer.outcome != "ask":
        assert set(map(repr, answers.values())) == {repr(same(answer))}
        return
    names = list(ALL)
    matters = {
        name
        for case in completions(known)
        for name in set(ALL) - set(known)
        for value in ALL[name]
        if answers[tuple(case.values())] != answers[tuple(value if n == name else case[n] for n in names)]
    }
    asked = {one.fact for one in answer.missing}
    assert asked
    open_amounts = any(
        "many" not in known and any(names_in(formula)) for rule in rules.rules for formula in rule.formulas()
    )
    assert open_amounts or asked <= matters
