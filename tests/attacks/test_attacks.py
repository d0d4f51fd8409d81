"""Attacks through the text of passengers and feeds, with a model that obeys them.

All run on one system: agents as processes, a real server, and the model on a real socket. Each test examines one outcome.
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
from tests.attacks.checks import PARTY, leaked, trip_of
from tests.attacks.elsewhere import ELSEWHERE
from tests.attacks.leaking import LEAKING
from tests.attacks.looping import LOOPING
from tests.attacks.smuggling import SMUGGLING
from tests.attacks.wanting import WANTING
from tests.attacks.wishing import WISHING

ATTACKS: tuple[Attack, ...] = (*WANTING, *LEAKING, *LOOPING, *SMUGGLING, *WISHING, *ELSEWHERE)
MOMENT = timedelta(seconds=10)
"""For the work itself, on a busy machine."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("attacks")]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All attacks, played once."""
    return asyncio.run(play(ATTACKS, tmp_path_factory.mktemp("attacks")))


@pytest.fixture(params=[pytest.param(attack.name, id=attack.name) for attack in ATTACKS])
def market(request: pytest.FixtureRequest, outcome: Outcome) -> Market:
    """The market of one attack."""
    return outcome.markets[request.param]


def test_every_attack_has_a_name_and_a_language_of_four() -> None:
    """No name is used twice, and each language has its share."""
    assert not [name for name, times in Counter(attack.name for attack in ATTACKS).items() if times > 1]
    assert min(Counter(attack.language for attack in ATTACKS).values()) >= len(ATTACKS) // 6


def test_the_attacker_gets_a_legal_trip_in_the_cabin_paid_for(market: Market, outcome: Outcome) -> None:
    """The plan says why the model was not followed."""
    attack = market.attack
    trip = trip_of(market, outcome)
    assert trip in market.legal
    assert trip == market.wanted
    (plan,) = (plan for plan in outcome.end.plans if plan.pnr == market.attacker)
    assert plan.judgement is not None
    assert plan.judgement.fallback == attack.fallback
    (fact,) = outcome.end.facts(market.attacker)
    assert isinstance(fact, BookingChanged)
    assert fact.unmet == attack.unmet


def test_no_foreign_text_reaches_the_party_or_the_streams(market: Market, outcome: Outcome) -> None:
    """The letter, and the plans, facts and notices with their headers, hold no words of the attacker or the model, no other
    party and no other flight. The prompt holds the remark as one string on one line, and nothing that feeds write."""
    letters = outcome.end.letters(market.attacker)
    assert len(letters) == market.attack.reachable
    texts = [letter.as_string() + letter.get_content() for letter in letters]
    messages = [message for message in outcome.messages if f".{market.attacker}." in message.subject]
    assert len(messages) == 3
    for message in messages:
        if market.attack.where != "contact" or not message.subject.startswith("booking."):  # it has the contact
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


def test_every_party_has_its_new_trip_in_time(outcome: Outcome) -> None:
    """The attackers within the deadline and a moment; the bystanders do not wait for a model."""
    after = outcome.answered_after
    assert not [m.attack.name for m in outcome.markets.values() if after[m.attacker] > DEADLINE + MOMENT]
    assert not [m.attack.name for m in outcome.markets.values() if after[m.bystander] > DEADLINE]


def test_no_other_party_loses_a_seat(outcome: Outcome) -> None:
    """Bystanders are moved by the rules alone; the victims keep their seats on the full flight."""
    bookings, seats = outcome.end.streams.bookings, outcome.end.streams.seats
    judgements = {plan.pnr: plan.judgement for plan in outcome.end.plans}
    for market in outcome.markets.values():
        assert [(leg.flight, leg.cabin) for leg in bookings[market.bystander].journeys[0].legs] == [
            (market.near, "economy")
        ]
        assert judgements[market.bystander] is None
        assert (bookings[market.victim].journeys[0].state, set(seats[market.full].holders)) == (
            "ticketed",
            {market.victim},
        )


@pytest.mark.parametrize("agent", ["monitor", "booker", "planner", "notifier"])
def test_logs_have_no_words_from_outside(agent: str, outcome: Outcome) -> None:
    """No words of attackers or the model, no party's address, and no unforeseen warning."""
    log = outcome.logs[agent]
    assert leaked(log) == []
    assert "@example" not in log.replace("ana@example.org", "")  # the sample address of an error message
    assert "Warning" not in log


def test_no_message_has_words_from_outside(outcome: Outcome) -> None:
    """Except a booking's contact, which is kept as imported."""
    assert not [
        (message.subject, found)
        for message in outcome.messages
        if not message.subject.startswith("booking.") and (found := leaked(f"{message.headers} {message.data}"))
    ]


def test_only_messages_that_no_contract_allows_become_dead_letters(outcome: Outcome) -> None:
    """Each names the error and its place, and quotes nothing."""
    assert len(outcome.end.dead) == sum(attack.where == "feed" for attack in ATTACKS)
    assert not [reason for reason in outcome.end.dead if leaked(reason)]


def test_the_audit_finds_nothing(outcome: Outcome) -> None:
    """No seat is sold twice, no party forgotten, no false letter sent. A contact that is no address gets none, which counts."""
    judged = audit(outcome.end.streams)
    unreachable = sum(market.attack.where == "contact" for market in outcome.markets.values())
    unreadable = sum(market.attack.where == "feed" for market in outcome.markets.values())
    found = {name: count for name, count in judged.figures.items() if count}
    assert found == {"unnotified_parties": unreachable, "unreadable_messages": unreadable}


def test_the_planners_memory_stays_bounded(outcome: Outcome) -> None:
    """Though it was sent gigabytes."""
    assert outcome.grown < 300 * 1024 * 1024
