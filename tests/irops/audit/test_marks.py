"""Whether a trip that a person should look at is marked."""

from collections.abc import Sequence
from dataclasses import replace as but

import pytest
from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import BookingFact, Mark, SeatLedger
from contracts.rules import Rules, RulesAdopted
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import HEARD, NOW, flight, hours, key, leg, sound, with_booking, with_flight
from tests.single_journey import altered

WORLD = sound()


def moved_to_newark(marks: tuple[Mark, ...]) -> Streams:
    """R is moved to a flight from Newark, and its fact has these marks."""
    added = flight(key(7, "EWR"), departs=hours(4))
    legs = (leg(added[1]),)
    facts: list[tuple[int, BookingFact]] = []
    for sequence, fact in WORLD.facts:
        facts.append((sequence, replace(fact, after=legs, marks=marks) if fact.pnr == "R" else fact))
    return with_booking(but(with_flight(WORLD, added), facts=facts), altered(WORLD.bookings["R"], legs=legs))


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (("airport",), None),
        ((), "is not marked for a person to look at: airport"),
        (("airport", "night"), "is marked for a person to look at without a reason: night"),
    ],
    ids=["marked", "not marked", "marked for nothing"],
)
def test_a_fact_has_the_marks_of_its_trip(marks: tuple[Mark, ...], found: str | None) -> None:
    """No more and no less."""
    findings = audit(moved_to_newark(marks)).findings.get("misinformed_parties", ())
    assert any("for a person to look at" in each for each in findings) is (found is not None)
    assert found is None or any(found in each for each in findings)


@pytest.mark.parametrize(("hour", "found"), [pytest.param(3, False, id="three"), pytest.param(12, True, id="noon")])
def test_a_night_is_one_by_the_rules_that_the_fact_names(hour: int, found: bool) -> None:
    """R waits from ten to three in the afternoon in Chicago, and is not marked."""
    inbound = flight(key(8), "ORD", departs=hours(2), block=hours(2))
    onward = flight(key(9, "ORD"), departs=hours(9), block=hours(4))
    legs = (leg(inbound[1]), leg(onward[1]))
    rules = RulesAdopted(version=1, rules=Rules(small_hours=hour), since=HEARD)
    facts: list[tuple[int, BookingFact]] = [
        (at, replace(fact, after=legs, rules=1) if fact.pnr == "R" else replace(fact, rules=1))
        for at, fact in WORLD.facts
    ]
    streams = but(with_flight(with_flight(WORLD, inbound), onward), facts=facts, adopted=[(1, rules)])
    judged = audit(with_booking(streams, altered(WORLD.bookings["R"], legs=legs)))
    nights = [each for each in judged.findings.get("misinformed_parties", ()) if "look at: night" in each]
    assert bool(nights) is found


@pytest.mark.parametrize(
    ("onward_leaves", "marks", "found"),
    [
        pytest.param(4.6, (), None, id="as long as is kept"),
        pytest.param(4.4, ("tight",), None, id="marked"),
        pytest.param(4.4, (), "is not marked for a person to look at: tight", id="not marked"),
        pytest.param(4.6, ("tight",), "is marked for a person to look at without a reason: tight", id="for nothing"),
    ],
)
def test_a_connection_shorter_than_is_kept_has_a_mark(
    onward_leaves: float, marks: tuple[Mark, ...], found: str | None
) -> None:
    """R changes planes in Chicago, where it lands after four hours."""
    inbound = flight(key(8), "ORD", departs=hours(2), block=hours(2))
    onward = flight(key(9, "ORD"), departs=hours(onward_leaves), block=hours(4))
    assert found_of_r((inbound, onward), marks, "look at") == ([found] if found else [])


@pytest.mark.parametrize(
    ("earlier", "marks", "found"),
    [
        pytest.param(2, (), None, id="as early as is allowed"),
        pytest.param(2.1, ("early",), None, id="marked"),
        pytest.param(2.1, (), "is not marked for a person to look at: early", id="not marked"),
    ],
)
def test_a_trip_much_earlier_than_sold_has_a_mark(earlier: float, marks: tuple[Mark, ...], found: str | None) -> None:
    """R leaves so many hours before its ticket."""
    departs = WORLD.bookings["R"].journeys[0].ticket.departs - hours(earlier)
    direct = flight(key(8), departs=departs - NOW)
    assert found_of_r((direct,), marks, "look at") == ([found] if found else [])


def found_of_r(trip: Sequence[tuple[Flight, SeatLedger]], marks: tuple[Mark, ...], words: str) -> list[str]:
    """What is found of R on this trip, of the findings with these words, without its name and the fact's."""
    legs, streams = tuple(leg(ledger) for _, ledger in trip), WORLD
    for each in trip:
        streams = with_flight(streams, each)
    facts: list[tuple[int, BookingFact]] = [
        (at, replace(fact, after=legs, marks=marks) if fact.pnr == "R" else fact) for at, fact in WORLD.facts
    ]
    judged = audit(with_booking(but(streams, facts=facts), altered(WORLD.bookings["R"], legs=legs)))
    found = [each for each in judged.findings.get("misinformed_parties", ()) if words in each]
    return [each.removeprefix("R ").partition(" (")[0] for each in found]
