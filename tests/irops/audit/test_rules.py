"""Decisions are judged by the rules in force when they were made, read from the record."""

from collections.abc import Callable
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec import structs

from contracts.rules import Rules, by_rank
from irops.audit import Streams, audit
from irops.audit.rules import TripRules, reach
from tests.irops.audit.audit_world import HEARD, by, decided_by, flight, hours, key, sound, with_flight


def faults(streams: Streams) -> tuple[str, ...]:
    return audit(streams).findings.get("illegal_trips", ())


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        pytest.param(Rules(), 0, id="as-usual"),
        pytest.param(Rules(lead=hours(2.5)), 1, id="too-soon"),
        pytest.param(Rules(lead=hours(2.25)), 0, id="within-the-leeway"),
        pytest.param(Rules(lead=hours(2.25), leeway=timedelta(0)), 1, id="no-leeway"),
        pytest.param(Rules(later=timedelta(minutes=20)), 1, id="too-late"),
        pytest.param(Rules(cabins={"economy": ("first",)}), 1, id="another-cabin"),
    ],
)
def test_a_move_is_judged_by_the_set_that_it_names(rules: Rules, found: int) -> None:
    """R was moved at noon to a flight at two o'clock, from one at one o'clock, in economy. Other rules came after it."""
    world = by(sound(), rules, Rules(earlier=hours(1)), decided=1)
    assert len([fault for fault in faults(world) if fault.startswith("R ")]) == found
    later = by(sound(), Rules(), rules, decided=1)
    assert not [fault for fault in faults(later) if fault.startswith("R ")]


def test_a_stranded_party_is_judged_by_the_rules_in_force_now() -> None:
    """S has a seat ten hours after its ticket: a fault, unless only the first two hours are allowed."""
    world = with_flight(sound(), flight(key(9), departs=hours(11), economy=9))
    found = [by(world, *sets, decided=1) for sets in ((Rules(), Rules(later=hours(2))), (Rules(), Rules()))]
    assert [audit(each).figures["stranded_beside_a_legal_seat"] for each in found] == [0, 1]


def test_a_party_that_may_not_be_given_a_higher_cabin_is_not_stranded_beside_one() -> None:
    """The only free seats are in first, and no one is upgraded."""
    world = with_flight(sound(), flight(key(9), departs=hours(11), economy=0, first=9))
    found = [by(world, Rules(cabins=by_rank(upgrades=upgrades)), decided=1) for upgrades in (True, False)]
    assert [audit(each).figures["stranded_beside_a_legal_seat"] for each in found] == [1, 0]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        pytest.param(lambda s: decided_by(s, 1), "R was decided by rules 1, when 2 were in force", id="older"),
        pytest.param(
            lambda s: but(s, disrupted=[(at, structs.replace(fact, rules=1)) for at, fact in s.disrupted]),
            f"fact 1 of {key(1)} was decided by rules 1, when 2 were in force",
            id="older-disruption",
        ),
        pytest.param(lambda s: but(s, adopted=s.adopted[1:]), "rules 2 were adopted as number 1", id="one-missing"),
        pytest.param(lambda s: but(s, in_force=()), "the set in force is not the last", id="none-in-force"),
        pytest.param(
            lambda s: but(s, in_force=[structs.replace(s.in_force[0], rules=Rules())]),
            "the set in force is not the last",
            id="other-values",
        ),
    ],
)
def test_a_record_that_contradicts_itself_is_found(broken: Callable[[Streams], Streams], says: str) -> None:
    """Each way in which a set may be hidden or changed after it was decided by."""
    world = by(sound(), Rules(lead=hours(1)), Rules(lead=hours(0.5)), decided=2)
    assert audit(world).clean
    (found, *_) = audit(broken(world)).findings["decided_by_other_rules"]
    assert found.startswith(says)


def test_a_minimum_connection_is_the_rows_of_the_table_that_held() -> None:
    """By whether each flight crosses a border, by airport, and by day; between two airports at least the time for that."""
    on = HEARD.date()
    row = structs.replace(Rules().connections[0], station="ORD", least=hours(1))
    past = structs.replace(row, least=hours(2), effective_to=on - timedelta(days=1))
    rules = TripRules(rules=Rules(connections=(*Rules().connections, row, past)))
    assert reach(("LHR", "JFK")) == "international"
    assert rules.least(("BOS", "ORD"), ("ORD", "SFO"), on=on) == hours(1)
    assert rules.least(("BOS", "DEN"), ("DEN", "SFO"), on=on) == hours(0.75)
    assert rules.least(("LHR", "JFK"), ("JFK", "SFO"), on=on) == hours(1.5)
    assert rules.least(("BOS", "JFK"), ("LGA", "SFO"), on=on) == hours(3)


def test_facts_from_before_there_were_rules_on_record_are_judged_by_the_defaults() -> None:
    """They held then: R was moved to a flight two hours later. The first set, adopted after that, asks for three."""
    for decided, found in ((0, 0), (1, 1)):
        world = by(sound(), Rules(lead=hours(3)), decided=decided)
        assert len([fault for fault in faults(world) if fault.startswith("R ")]) == found


@pytest.mark.parametrize(("then", "now", "found"), [(True, False, False), (False, True, True)])
def test_a_party_is_where_its_city_was_then(then: bool, now: bool, found: bool) -> None:
    """S waits at LaGuardia, and its ticket begins at Kennedy: one city by one set of rules, two by the other."""
    sets = [Rules() if one else Rules(cities={}) for one in (then, now)]
    world = sound()
    facts = [(at, structs.replace(fact, origin="LGA") if fact.pnr == "S" else fact) for at, fact in world.facts]
    waiting = {key: structs.replace(entry, origin="LGA") for key, entry in world.waiting.items()}
    judged = audit(by(but(world, facts=facts, waiting=waiting, whole=True), *sets, decided=1))
    assert any("waits in LGA" in each for each in judged.findings.get("misinformed_parties", ())) is found
