"""Whether a trip that a person should look at is marked."""

from dataclasses import replace as but

import pytest
from msgspec.structs import replace

from contracts.ledger import BookingFact, Mark
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import flight, hours, key, leg, sound, with_booking, with_flight
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
