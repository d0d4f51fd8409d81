"""Whose yes `irops rules ask` shows is whose yes the booker asks for, whatever the rules and the case."""

from datetime import timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from agents.booker.domain.offering import consent_for
from agents.booker.domain.progress import Traveller
from agents.booker.domain.rules import SaleRules
from contracts.ledger import TIERS, Answerer, Disruption, Mark, Party
from contracts.rules import Consent, Rules
from policy.reaccommodation import Question, answered
from policy.spans import Span
from tests.agents.notifier.samples import TICKET
from tests.single_journey import single

HOURS = st.integers(0, 6).map(lambda hours: timedelta(hours=hours))
SSRS = ("UMNR", "WCHR")


def some(names: tuple[str, ...], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=most, unique=True).map(tuple)


CONSENTS = st.lists(
    st.builds(
        Consent,
        by=st.sampled_from((*get_args(Answerer), None)),
        after=some(get_args(Disruption)[:3]),
        marks=some(get_args(Mark)[:3]),
        tiers=some(TIERS[:3]),
        ssrs=some(SSRS),
        delay=st.none() | HOURS,
    ),
    max_size=6,
).map(tuple)
CASES = st.builds(
    Question,
    carrier=st.just("B6"),
    tier=st.sampled_from(TIERS[:3]),
    ssr=some(SSRS),
    after=st.sampled_from(get_args(Disruption)[:3]),
    marks=some(get_args(Mark)[:3]),
    delay=HOURS.map(Span),
)


def shown(rules: tuple[Consent, ...], case: Question) -> list[int | None]:
    """The rules that are shown, by number; None: no one's yes is needed."""
    at = [f"line {number}" for number in range(len(rules))]
    lines = list(answered(Rules(consent=rules), case, consent_at=at))
    first = next(number for number, line in enumerate(lines) if line.startswith("consent"))
    return [int(line.partition("(line ")[2][:-1]) if line.endswith(")") else None for line in lines[first:]]


def asked(rules: tuple[Consent, ...], case: Question) -> int | None:
    """The rule by which the booker decides, by number."""
    assert case.after is not None
    assert case.marks is not None
    assert case.delay is not None
    party = Party(passengers=1, seats=1, cabin="economy", tier=case.tier, ssrs=case.ssr)
    booking = single("P", party, ticket=TICKET, legs=())
    traveller = Traveller(booking, booking.journeys[0])
    arrives = TICKET.arrives + case.delay.length
    found = consent_for(case.after, traveller, arrives=arrives, marks=case.marks, rules=SaleRules(consent=rules))
    return next((number for number, each in enumerate(rules) if each is found), None)


@given(rules=CONSENTS, case=CASES)
def test_of_a_case_that_is_known_the_rule_is_shown_by_which_the_booker_decides(
    rules: tuple[Consent, ...], case: Question
) -> None:
    """And no other."""
    assert shown(rules, case) == [asked(rules, case)]


@given(rules=CONSENTS, case=CASES, unknown=some(("after", "marks", "delay"), 3))
def test_of_a_case_that_is_not_known_no_rule_is_left_out_that_may_decide(
    rules: tuple[Consent, ...], case: Question, unknown: tuple[str, ...]
) -> None:
    """It is among those shown, in their order."""
    known = Question(
        carrier=case.carrier,
        tier=case.tier,
        ssr=case.ssr,
        after=None if "after" in unknown else case.after,
        marks=None if "marks" in unknown else case.marks,
        delay=None if "delay" in unknown else case.delay,
    )
    assert asked(rules, case) in shown(rules, known)
