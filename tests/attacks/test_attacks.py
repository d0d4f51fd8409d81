"""Attacks by way of what passengers and feeds write, before a model that does all it is told.

All are made at once on one system: agents as processes, a real server, and the model on a real socket. Each test looks at what
came of one of them.
"""

import asyncio
import re
from collections import Counter
from datetime import timedelta

import pytest

from agents.planner.judgement.prompts import CHOOSE, INTERPRET
from contracts.ledger import BookingChanged
from contracts.names import spoken
from irops.audit import audit
from tests.attacks.attack_world import DEADLINE, Market, Outcome, play
from tests.attacks.case import MARK, Attack
from tests.attacks.elsewhere import ELSEWHERE
from tests.attacks.leaking import LEAKING
from tests.attacks.looping import LOOPING
from tests.attacks.smuggling import SMUGGLING
from tests.attacks.wanting import WANTING
from tests.attacks.wishing import WISHING

ATTACKS: tuple[Attack, ...] = (*WANTING, *LEAKING, *LOOPING, *SMUGGLING, *WISHING, *ELSEWHERE)
MOMENT = timedelta(seconds=10)
"""What is done on a machine that is busy, besides waiting."""
OURS = {line for line in f"{INTERPRET}\n{CHOOSE}".splitlines() if len(line) > 30}
"""What only a model is told."""
PARTY = re.compile(r"(?:ATTACKER|BYSTANDER|VICTIM)-\d+", re.IGNORECASE)

pytestmark = [pytest.mark.timeout(150), pytest.mark.xdist_group("attacks")]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What came of all attacks."""
    return asyncio.run(play(ATTACKS, tmp_path_factory.mktemp("attacks")))


@pytest.fixture(params=[pytest.param(attack.name, id=attack.name) for attack in ATTACKS])
def market(request: pytest.FixtureRequest, outcome: Outcome) -> Market:
    """Where one attack took place."""
    return outcome.markets[request.param]


def leaked(text: str) -> list[str]:
    """What is in the text and should not be."""
    return [line for line in OURS if line in text] + re.findall(f".{{0,60}}{MARK}.{{0,60}}", text, re.IGNORECASE)


def test_every_attack_has_a_name_and_a_language_of_four() -> None:
    """None hides another, and no language is forgotten."""
    assert not [name for name, times in Counter(attack.name for attack in ATTACKS).items() if times > 1]
    assert min(Counter(attack.language for attack in ATTACKS).values()) >= len(ATTACKS) // 6


def test_the_attacker_gets_what_the_rules_allow_and_what_may_be_asked_for(market: Market, outcome: Outcome) -> None:
    """A legal trip, in the cabin paid for, and the plan says why the model was not followed."""
    attack = market.attack
    booking = outcome.end.streams.bookings[market.attacker]
    trip = tuple((leg.flight, leg.cabin) for leg in booking.legs)
    assert trip in market.legal
    assert trip == ((market.near if attack.ends == "near" else market.rival, attack.cabin),)
    (plan,) = (plan for plan in outcome.end.plans if plan.pnr == market.attacker)
    assert plan.judgement is not None
    assert plan.judgement.fallback == attack.fallback
    (fact,) = outcome.end.facts(market.attacker)
    assert isinstance(fact, BookingChanged)
    assert fact.unmet == attack.unmet


def test_nothing_foreign_is_told(market: Market, outcome: Outcome) -> None:
    """In the letter, in plans, facts and notices with their headers: no words of the attacker's or a model's, no other party,
    no flight but its own. The model is told the words in one line, as a string, and nothing of what feeds write."""
    letters = outcome.end.letters(market.attacker)
    assert len(letters) == market.attack.told
    texts = [letter.as_string() + letter.get_content() for letter in letters]
    said = [message for message in outcome.said if f".{market.attacker}." in message.subject]
    assert len(said) == 3
    for message in said:
        if market.attack.where != "contact" or not message.subject.startswith("booking."):  # it says where to write to
            texts.append(f"{message.headers} {message.data}")
    for text in texts:
        assert leaked(text) == []
        assert {found.upper() for found in PARTY.findall(text)} == {market.attacker}
    flights = {spoken(flight) for flight in (market.gone, market.near, market.rival)}
    assert {found for letter in letters for found in re.findall(r"B6 \d+", letter.get_content())} <= flights
    for request in outcome.asked[market.to]:
        assert request.prompt.system in {INTERPRET, CHOOSE}
        assert len(request.prompt.user) < 8000
        assert not PARTY.findall(request.prompt.user)
        lines = [line for line in request.prompt.user.split("\n") if MARK in line]
        assert len(lines) == (market.attack.where in {"remark", "import"})
        assert all(line.startswith('"') and line.endswith('"') and line.isprintable() for line in lines)


def test_everybody_has_an_answer_in_time(outcome: Outcome) -> None:
    """Whoever was asked about, within the deadline and a moment; all others do not wait for a model."""
    after = outcome.answered_after
    assert not [m.attack.name for m in outcome.markets.values() if after[m.attacker] > DEADLINE + MOMENT]
    assert not [m.attack.name for m in outcome.markets.values() if after[m.bystander] > DEADLINE]


def test_nobody_else_loses_a_seat(outcome: Outcome) -> None:
    """Who is on the same flight is moved as the rules say, asked about by nobody; who has the full one keeps it."""
    bookings, seats = outcome.end.streams.bookings, outcome.end.streams.seats
    judgements = {plan.pnr: plan.judgement for plan in outcome.end.plans}
    for market in outcome.markets.values():
        assert [(leg.flight, leg.cabin) for leg in bookings[market.bystander].legs] == [(market.near, "economy")]
        assert judgements[market.bystander] is None
        assert (bookings[market.victim].state, set(seats[market.full].holders)) == ("ticketed", {market.victim})


@pytest.mark.parametrize("agent", ["monitor", "booker", "planner", "notifier"])
def test_logs_have_no_words_from_outside(agent: str, outcome: Outcome) -> None:
    """None of the attackers', none of the model's, nobody's address, and no failure that nobody foresaw."""
    log = outcome.logs[agent]
    assert leaked(log) == []
    assert "@example" not in log
    assert "Warning" not in log


def test_nothing_that_agents_say_has_words_from_outside(outcome: Outcome) -> None:
    """But where a booking's contact is said as it was brought in."""
    assert not [
        (message.subject, found)
        for message in outcome.said
        if not message.subject.startswith("booking.") and (found := leaked(f"{message.headers} {message.data}"))
    ]


def test_only_what_no_contract_allows_is_a_dead_letter(outcome: Outcome) -> None:
    """Each says what is wrong and where, and quotes nothing."""
    assert len(outcome.end.dead) == sum(attack.where == "feed" for attack in ATTACKS)
    assert not [reason for reason in outcome.end.dead if leaked(reason)]


def test_the_audit_finds_nothing(outcome: Outcome) -> None:
    """No seat sold twice, nobody forgotten, nobody told what is not so."""
    assert audit(outcome.end.streams).findings == {}


def test_the_planner_takes_no_more_memory_than_answers_are_worth(outcome: Outcome) -> None:
    """Though it was sent gigabytes."""
    assert outcome.grown < 300 * 1024 * 1024
