"""No one ends where the agents do not believe them to be, in thousands of random worlds; and a fault in the agents is found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from agents.booker.domain import connections, options, plans, progress
from agents.monitor.domain import AFTER, deciding
from agents.notifier.domain import pointless
from agents.planner.domain import TripRules, trip_status
from agents.planner.domain import connections as planned_connections
from agents.planner.domain.network import Availability
from contracts.identity import goes_on
from irops.audit import audit
from tests.journeys import two_domains
from tests.reality import whole_system
from tests.reality.oracle import Reality
from tests.reality.planes import STORIES, UNHEARD
from tests.reality.shrinking import smallest
from tests.reality.worlds import scene

WORLDS_IN_ONE_TEST = 50
SITUATIONS = (
    *(story.__name__ for story in STORIES),
    "letter: changed",
    "letter: found",
    "letter: retimed",
    "letter: stranded",
    "letter: diverted",
    "letter: resumed",
    "because: misconnected",
    "because: downgauged",
    "because: unreachable",
    "goes on after a stop",
    "a timer",
)
"""Each happens in a good share of the worlds."""
THROUGH = (
    "goes_on_in_its_aircraft",
    "stays on board for the next leg",
    "the next leg of its flight leaves while it is in the air",
    "because: misconnected",
)
"""And these where flights go on under their number."""


ASKED = (
    "letter: offered",
    "is asked beside a trip that it can fly",
    "answer: take",
    "answer: leave",
    "an answer that comes too late",
)
"""And these where parties are asked."""


def worlds(first: int, *, through: bool = False, unheard: bool = False, asked: bool = False) -> Counter[str]:
    """Run worlds from this seed on; in how many of them each situation was."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + WORLDS_IN_ONE_TEST):
        result = Reality(scene(seed, through=through, unheard=unheard, asked=asked)).run()
        if result.faults:
            pytest.fail(smallest(seed, through=through, unheard=unheard, asked=asked).story(), pytrace=False)
        seen.update(set(result.situations))
    return seen


@pytest.mark.parametrize("first", range(0, 200, WORLDS_IN_ONE_TEST))
def test_people_are_where_they_are_believed_to_be(first: int) -> None:
    """When all has been heard."""
    worlds(first)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(200, 20_000, WORLDS_IN_ONE_TEST))
def test_people_are_where_they_are_believed_to_be_in_twenty_thousand_worlds(first: int) -> None:
    worlds(first)


@pytest.mark.parametrize("first", range(0, 100, WORLDS_IN_ONE_TEST))
def test_people_on_a_flight_that_goes_on_are_where_they_are_believed_to_be(first: int) -> None:
    """Under its number, in the same aircraft or in another, of which no registration is known."""
    worlds(first, through=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 5000, WORLDS_IN_ONE_TEST))
def test_people_on_a_flight_that_goes_on_are_where_they_are_believed_to_be_in_thousands_of_worlds(first: int) -> None:
    worlds(first, through=True)


@pytest.mark.parametrize("first", range(0, 100, WORLDS_IN_ONE_TEST))
def test_people_on_a_flight_of_which_no_word_comes_are_where_they_are_believed_to_be(first: int) -> None:
    """It was diverted or came back, and the last word of it comes late or never."""
    worlds(first, unheard=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 5000, WORLDS_IN_ONE_TEST))
def test_people_on_a_flight_of_which_no_word_comes_are_where_they_are_believed_to_be_in_thousands_of_worlds(
    first: int,
) -> None:
    worlds(first, unheard=True)


@pytest.mark.parametrize("first", range(0, 100, WORLDS_IN_ONE_TEST))
def test_people_who_are_asked_are_where_they_are_believed_to_be(first: int) -> None:
    """They take a trip, none, or do not answer."""
    worlds(first, asked=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 5000, WORLDS_IN_ONE_TEST))
def test_people_who_are_asked_are_where_they_are_believed_to_be_in_thousands_of_worlds(first: int) -> None:
    worlds(first, asked=True)


ONCE_WRONG: dict[str, tuple[int, bool]] = {
    "its next leg left as it landed, two minutes before it was expected": (238, True),
    "it was at another airport of the city, and its flight left early": (3732, True),
    "it got off at a stop of its way out for its return, and the flight went on": (2267, True),
    "its next leg was brought forward while it was on board": (292, True),
    "the flight that it was on came back to where its next one leaves": (497, True),
    "its return was presumed under way after a short stay": (673, False),
}
"""Worlds in which people, or the audit, found a fault once: what it was about, and whether flights go on there."""


@pytest.mark.parametrize("what", ONCE_WRONG)
def test_a_fault_that_was_found_is_found_no_more(what: str) -> None:
    """By the people or by the audit."""
    seed, through = ONCE_WRONG[what]
    result = Reality(scene(seed, through=through)).run()
    assert (result.faults, audit(result.system.streams()).findings) == ([], {})


ASKED_ONCE_WRONG: dict[str, int] = {
    "it learnt of its trip when it could not be at the gate any more": 537,
    "its flight came back, and it was moved without being asked": 95,
    "it chose nothing, and lost a trip that it could fly": 453,
    "it chose a trip, and was asked about another at once": 548,
}
"""The same where parties are asked."""


@pytest.mark.parametrize("what", ASKED_ONCE_WRONG)
def test_a_fault_about_people_who_are_asked_is_found_no_more(what: str) -> None:
    result = Reality(scene(ASKED_ONCE_WRONG[what], asked=True)).run()
    assert (result.faults, audit(result.system.streams()).findings) == ([], {})


def test_every_situation_of_a_flight_that_goes_on_is_in_some_of_fifty_worlds() -> None:
    """Its aircraft waits for itself, and another one for no party."""
    seen = worlds(0, through=True)
    assert {situation: seen[situation] for situation in THROUGH if seen[situation] < 3} == {}


def test_every_silence_is_in_some_of_fifty_worlds() -> None:
    seen = worlds(0, unheard=True)
    assert {story.__name__: seen[story.__name__] for story in UNHEARD if seen[story.__name__] < 3} == {}


def test_every_answer_is_in_some_of_a_hundred_worlds() -> None:
    seen = worlds(0, asked=True) + worlds(WORLDS_IN_ONE_TEST, asked=True)
    assert {situation: seen[situation] for situation in ASKED if seen[situation] < 3} == {}


def test_every_situation_is_in_some_of_a_hundred_worlds() -> None:
    """Worlds in which nothing happens prove nothing."""
    seen = worlds(0) + worlds(WORLDS_IN_ONE_TEST)
    assert {situation: seen[situation] for situation in SITUATIONS if seen[situation] < 3} == {}


@pytest.mark.parametrize("seed", range(40))
def test_the_audit_finds_nothing_where_people_are_where_they_are_believed_to_be(seed: int) -> None:
    """It judges the same worlds by other means."""
    assert judgements(range(seed, seed + 1)) == {}


@pytest.mark.parametrize("seed", range(30))
def test_the_audit_finds_nothing_where_people_on_a_flight_that_goes_on_are_where_they_are_believed_to_be(
    seed: int,
) -> None:
    assert judgements(range(seed, seed + 1), through=True) == {}


@pytest.mark.parametrize("seed", range(30))
def test_the_audit_finds_nothing_where_people_on_a_flight_of_which_no_word_comes_are_where_they_are_believed_to_be(
    seed: int,
) -> None:
    assert judgements(range(seed, seed + 1), unheard=True) == {}


@pytest.mark.parametrize("seed", range(30))
def test_the_audit_finds_nothing_where_people_who_are_asked_are_where_they_are_believed_to_be(seed: int) -> None:
    assert judgements(range(seed, seed + 1), asked=True) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(30, 1030, 100))
def test_the_audit_finds_nothing_in_a_thousand_worlds_of_people_who_are_asked(first: int) -> None:
    assert judgements(range(first, first + 100), asked=True) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(30, 1030, 100))
def test_the_audit_finds_nothing_in_a_thousand_worlds_of_flights_of_which_no_word_comes(first: int) -> None:
    assert judgements(range(first, first + 100), unheard=True) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(30, 1030, 100))
def test_the_audit_finds_nothing_in_a_thousand_worlds_of_flights_that_go_on(first: int) -> None:
    assert judgements(range(first, first + 100), through=True) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(40, 2540, 100))
def test_the_audit_finds_nothing_in_thousands_of_worlds(first: int) -> None:
    """Rare situations too."""
    assert judgements(range(first, first + 100)) == {}


def judgements(
    seeds: Iterable[int], *, through: bool = False, unheard: bool = False, asked: bool = False
) -> dict[int, Mapping[str, Sequence[str]]]:
    """What the audit finds in these worlds, where it finds anything."""
    scenes = {seed: scene(seed, through=through, unheard=unheard, asked=asked) for seed in seeds}
    found = {seed: audit(Reality(each).run().system.streams()).findings for seed, each in scenes.items()}
    return {seed: findings for seed, findings in found.items() if findings}


# Faults that were made on purpose.


def no_diversions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Availability, "lands", property(lambda flight: flight.destination))


def flown_before_it_arrives(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trip_status, "_left_behind", lambda *_: False)


def no_lead(patch: pytest.MonkeyPatch) -> None:
    none = timedelta(0)
    patch.setattr(two_domains, "RULES", replace(TripRules(), lead=none, co_terminal_least=none))
    moved = options._moved
    patch.setattr(
        options,
        "_moved",
        lambda leg, ledger, *, sellable_from, rules: moved(leg, ledger, sellable_from=None, rules=rules),
    )


def cancelled_for_good(patch: pytest.MonkeyPatch) -> None:
    after = {pair: "cancelled" if pair[0] == "cancelled" else phase for pair, phase in AFTER.items()}
    patch.setattr(deciding, "AFTER", after)


def always_back_in_time(patch: pytest.MonkeyPatch) -> None:
    for of in (progress, trip_status):
        patch.setattr(of, "_was_not_back", lambda *_: False)


def off_at_no_stop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Availability, "got_off", lambda *_: None)


def no_timer(patch: pytest.MonkeyPatch) -> None:
    for of in (whole_system, two_domains):
        patch.setattr(of, "looks", lambda *_, **__: ())


def no_letters(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(whole_system, "is_pointless", lambda *_, **__: True)


def always_at_the_gate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plans, "with_gate", lambda legs, *_, **__: legs)


def no_letter_about_an_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pointless, "dropped", lambda _: ())


MUTANTS: dict[Any, tuple[range, str]] = {
    no_diversions: (range(20), "P5 is in DTW, and the planner believes it in DEN"),
    flown_before_it_arrives: (range(20), "P5 has flown B6.7.ORD, and the planner believes B6.7.ORD B6.9.DEN"),
    no_lead: (range(20), "P2 has flown nothing, and the booker believes B6.2.JFK B6.7.ORD"),
    cancelled_for_good: (range(20), "P2 waits in DTW, and B6.11.DTW.2013-02-08 leaves with a seat for it"),
    always_back_in_time: (range(430, 450), "P3 has flown nothing, and the booker believes B6.13.SFO"),
    off_at_no_stop: (range(300, 320), "the agents do not come to an end"),
    no_timer: (range(20), "P0 is in SFO, not in ORD, has B6.15.SFO, and does not wait"),
    no_letters: (range(20), "P4 has a seat on B6.5.ORD.2013-02-08 and was not informed of it"),
    always_at_the_gate: (range(4490, 4491), "P5 has flown nothing, and the booker believes B6.1.JFK B6.6.ORD"),
    no_letter_about_an_end: (range(16083, 16084), "P2 has flown nothing, and the booker believes B6.14.ORD"),
}
"""A fault, worlds of which at least one shows it, and what it shows. Rare ones are looked for where they are: some hundred
worlds hold one."""
RARE = {seed for seeds, _ in MUTANTS.values() for seed in seeds if seed >= 200}


def test_the_agents_as_they_are_show_no_fault_where_rare_ones_are_looked_for() -> None:
    """So what a mutant shows there is its own fault."""
    assert [fault for seed in sorted(RARE) for fault in Reality(scene(seed)).run().faults] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_in_the_agents_is_found(mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what it is."""
    seeds, expected = MUTANTS[mutant]
    mutant(monkeypatch)
    found = [fault for seed in seeds for fault in Reality(scene(seed)).run().faults]
    assert any(fault.startswith(expected) for fault in found), found


def its_aircraft_waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    for of in (connections, progress, planned_connections):
        patch.setattr(of, "stays_aboard", lambda first, then, **_: goes_on(first, then))


def a_departure_breaks_no_connection(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connections, "stays_aboard", lambda first, then, **_: goes_on(first, then))


THROUGH_MUTANTS: dict[Any, tuple[range, str, str]] = {
    its_aircraft_waits_for_ever: (
        range(33, 34),
        "T0 has flown B6.10.DEN, and the booker believes B6.10.DEN B6.10.SFO",
        "T0 leaves with B6.10.SFO.2013-02-08 at 08:05, and is in with B6.10.DEN.2013-02-08 at 08:47",
    ),
    a_departure_breaks_no_connection: (
        range(18, 19),
        "T6 is in SFO, not in ORD, has B6.5.SFO, and does not wait",
        "T6 leaves with B6.5.SFO.2013-02-09 at 08:43, and is in with B6.5.DEN.2013-02-08 at 09:35",
    ),
}
"""A fault, a world of flights that go on which shows it, what it shows there, and what the audit finds."""


@pytest.mark.parametrize("mutant", THROUGH_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_in_who_stays_on_board_is_found(mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the people and by the audit alike."""
    seeds, expected, judged = THROUGH_MUTANTS[mutant]
    mutant(monkeypatch)
    results = [Reality(scene(seed, through=True)).run() for seed in seeds]
    assert any(fault.startswith(expected) for result in results for fault in result.faults)
    assert any(judged in audit(result.system.streams()).findings["illegal_trips"] for result in results)


def waits_for_a_word_for_ever(patch: pytest.MonkeyPatch) -> None:
    for of in (whole_system, two_domains):
        patch.setattr(of, "silent_at", lambda *_, **__: None)


def still_expected_to_leave(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trip_status, "_why_broken", _but_of_a_silent_one(trip_status._why_broken))


def _but_of_a_silent_one(why: Any) -> Any:
    def known(legs: Any, flights: Any, **more: Any) -> Any:
        return why(legs, tuple(replace(flight, silent=False) for flight in flights), **more)

    return known


UNHEARD_MUTANTS: dict[Any, tuple[range, str, str]] = {
    waits_for_a_word_for_ever: (
        range(20),
        "P6 is in DEN, not in SFO, has nothing, and does not wait",
        "P6 is left on B6.5.ORD.2013-02-08, diverted to DEN, of which no word has come until",
    ),
    still_expected_to_leave: (
        range(20),
        "P0 is in JFK, not in SFO, has B6.11.JFK, and does not wait",
        "P0 is left on B6.11.JFK.2013-02-08, returned to JFK, of which no word has come until",
    ),
}
"""A fault, worlds of flights of which no word comes that show it, what one shows, and what the audit finds."""


@pytest.mark.parametrize("mutant", UNHEARD_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_fault_in_what_follows_from_silence_is_found(mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the people and by the audit alike."""
    seeds, expected, judged = UNHEARD_MUTANTS[mutant]
    mutant(monkeypatch)
    results = [Reality(scene(seed, unheard=True)).run() for seed in seeds]
    assert any(fault.startswith(expected) for result in results for fault in result.faults)
    findings = [audit(result.system.streams()).findings for result in results]
    assert any(each.startswith(judged) for found in findings for each in found.get("unanswered_parties", ()))
